// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.CommandLine;
using System.Globalization;
using VhostDevice.Bench.BackEnds;
using VhostDevice.Bench.Figures;
using VhostDevice.Bench.Load;
using VhostDevice.Bench.Processes;
using VhostDevice.Bench.Vsock;

namespace VhostDevice.Bench.CommandLine;

/// <summary>One load on one vsock that somebody serves, and what is left of it in the back-end.</summary>
internal static class VsockLoadCommand
{
    internal static Command Build()
    {
        Option<string> socket = new("--socket-path", "-s")
        {
            Description = "The back-end's socket; its hybrid socket is at the same path with .uds behind it",
            HelpName = "PATH",
            Required = true,
        };
        Option<string> kind = new("--kind") { Description = "What is done", DefaultValueFactory = _ => "echo" };
        kind.AcceptOnlyFromAmong("to-host", "to-guest", "echo", "connect");
        Option<int> connections = new("--connections") { Description = "Connections at the same time, for echo", DefaultValueFactory = _ => 1 };
        Option<int> size = new("--size") { Description = "Payload of the guest's packets, in bytes", DefaultValueFactory = _ => 64 };
        Option<int> buffers = new("--buffers")
        {
            Description = "Payload for which a receive buffer has room, in bytes",
            DefaultValueFactory = _ => 4096,
        };
        Option<double> seconds = new("--seconds") { Description = "How long", DefaultValueFactory = _ => 2 };
        Option<long> requests = new("--requests")
        {
            Description = "How many round trips, connections or packets at the most",
            DefaultValueFactory = _ => long.MaxValue,
        };
        Option<int?> generatorCpu = new("--cpu") { Description = "CPU of the generator" };
        Option<int?> daemonCpu = new("--daemon-cpu") { Description = "CPU of the back-end" };
        Command command = new(
            "vsock-load",
            "Puts one load on one vsock: a million connections, for example, with --kind connect --requests 1000000 --seconds 600");
        foreach (Option option in (Option[])[socket, kind, connections, size, buffers, seconds, requests, generatorCpu, daemonCpu])
            command.Options.Add(option);

        command.SetAction(result =>
        {
            using BackEnd backEnd = BackEnd.Start(Launch.OfSocket(result.GetValue(socket)!), "");
            if (result.GetValue(generatorCpu) is { } cpu)
                Cpus.PinThread(cpu);
            if (result.GetValue(daemonCpu) is { } other)
                backEnd.Pin(other);
            VsockLoadOptions options = new()
            {
                Connections = result.GetValue(connections),
                SendBytes = result.GetValue(size),
                ReceiveBytes = result.GetValue(buffers),
                Time = TimeSpan.FromSeconds(result.GetValue(seconds)),
                MaxRequests = result.GetValue(requests),
            };
            (MemoryUse Memory, int Fds) before = Holds(backEnd.Pid);
            LoadResult load = VsockLoad.Run(() => Make(result.GetValue(kind)!, backEnd, options));
            Print(load, before, Holds(backEnd.Pid));
        });
        return command;
    }

    private static VsockLoad Make(string kind, BackEnd backEnd, VsockLoadOptions options) => kind switch
    {
        "to-host" => new ToHostLoad(backEnd, options),
        "to-guest" => new ToGuestLoad(backEnd, options),
        "connect" => new ConnectLoad(backEnd, options),
        _ => new EchoLoad(backEnd, options),
    };

    private static (MemoryUse Memory, int Fds) Holds(int pid) =>
        (
            MemoryUse.Of(pid),
            ProcessFiles.Read(pid, folder => Directory.GetFileSystemEntries(Path.Combine(folder, "fd")).Length));

    private static void Print(LoadResult load, (MemoryUse Memory, int Fds) before, (MemoryUse Memory, int Fds) after)
    {
        Table table = new("", " ");
        table.Add("requests", Format.Count(load.Requests));
        table.Add("requests/s", Format.Count(load.RequestsPerSecond));
        table.Add("throughput", Format.Rate(load.BytesPerSecond));
        table.Add("latency p50", Format.Microseconds(load.P50));
        table.Add("latency p99", Format.Microseconds(load.P99));
        table.Add("back-end's CPU time per request", Format.Microseconds(load.DaemonCpu));
        table.Add("generator's CPU time per request", Format.Microseconds(load.GeneratorCpu));
        table.Add("kicks per request", Format.Number(load.KicksPerRequest));
        table.Add("interrupts per request", Format.Number(load.InterruptsPerRequest));
        table.Add(
            "back-end's RSS, before and after",
            $"{Format.Megabytes(1024.0 * before.Memory.Resident)}, {Format.Megabytes(1024.0 * after.Memory.Resident)}");
        table.Add("back-end's descriptors, before and after", string.Create(CultureInfo.InvariantCulture, $"{before.Fds}, {after.Fds}"));
        table.Print(Console.Out);
    }
}
