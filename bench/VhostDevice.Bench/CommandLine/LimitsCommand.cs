// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.CommandLine;
using VhostDevice.Bench.Figures;
using VhostDevice.Bench.Limits;
using VhostDevice.Bench.Processes;

namespace VhostDevice.Bench.CommandLine;

/// <summary>What this machine can do at best, without any back-end.</summary>
internal static class LimitsCommand
{
    internal static Command Build()
    {
        Command command = new("limits", "Measures only what bounds a back-end: ping-pongs and the kernel's random generator");
        command.SetAction(_ =>
        {
            int[] cpus = [.. Cpus.Allowed().Reverse()];
            using IDisposable priority = Priority.Raise(-20);
            TimeSpan time = TimeSpan.FromSeconds(1);
            Place one = new("1 CPU", cpus[0], cpus[0]);
            Table table = new("limit", "median");
            AddPingPong(table, PingPongMode.Blocking, one, time);
            AddPingPong(table, PingPongMode.Epoll, one, time);
            if (cpus.Length > 1)
            {
                Place two = new("2 CPUs", cpus[0], cpus[1]);
                AddPingPong(table, PingPongMode.Blocking, two, time);
                AddPingPong(table, PingPongMode.Epoll, two, time);
                AddPingPong(table, PingPongMode.Spin, two, time);
            }

            one.TakeAlone();
            using KernelGenerator generator = new();
            table.Add("getrandom of 64 B", Format.Microseconds(generator.PerCall(64, time)));
            table.Add("readv of 64 × 64 B, per buffer", Format.Microseconds(generator.PerBuffer(64, 64, time)));
            table.Add("getrandom of 4 KiB", Format.Microseconds(generator.PerCall(4096, time)));
            table.Add("readv of 8 × 4 KiB", Format.Rate(4096 / generator.PerBuffer(4096, 8, time) * 1e9));
            if (generator.HasVdso)
            {
                table.Add("vDSO getrandom of 64 B", Format.Microseconds(generator.PerVdsoCall(64, time)));
                table.Add("vDSO getrandom of 4 KiB", Format.Rate(4096 / generator.PerVdsoCall(4096, time) * 1e9));
            }

            table.Print(Console.Out);
        });
        return command;
    }

    private static void AddPingPong(Table table, PingPongMode mode, Place place, TimeSpan time)
    {
        using Limit limit = new Limit.RoundTrip(mode, place);
        table.Add($"{limit.Name} [{place.Name}]", Format.Microseconds(limit.Measure(time)));
    }
}
