// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.CommandLine;
using VhostDevice.Bench.BackEnds;
using VhostDevice.Bench.Figures;
using VhostDevice.Bench.Load;
using VhostDevice.Bench.Processes;

namespace VhostDevice.Bench.CommandLine;

/// <summary>One load on one socket that somebody serves.</summary>
internal static class LoadCommand
{
    internal static Command Build()
    {
        Option<string> socket = new("--socket-path", "-s") { Description = "The back-end's socket", HelpName = "PATH", Required = true };
        Option<int> depth = new("--depth") { Description = "Requests in flight", DefaultValueFactory = _ => 1 };
        Option<int> size = new("--size") { Description = "Bytes per request", DefaultValueFactory = _ => 64 };
        Option<string> message = new("--message")
        {
            Description = "Bytes that each request brings, in hex: 0400000000000000 reads line 0 of a gpio",
            HelpName = "HEX",
            DefaultValueFactory = _ => "",
        };
        Option<int> descriptors = new("--descriptors") { Description = "Descriptors per request", DefaultValueFactory = _ => 1 };
        Option<string?> disk = new("--disk") { Description = "Requests for a disk instead: 512-byte sectors, anywhere in its first --disk-mib" };
        disk.AcceptOnlyFromAmong("scsi", "blk");
        Option<bool> writes = new("--write") { Description = "Write to the disk instead of reading it" };
        Option<bool> sequential = new("--sequential") { Description = "One block after the other" };
        Option<int> diskMib = new("--disk-mib") { Description = "How much of the disk is used", HelpName = "MIB", DefaultValueFactory = _ => 1024 };
        Option<bool> poll = new("--poll") { Description = "Look at the ring without a pause instead of taking interrupts" };
        Option<bool> packed = new("--packed") { Description = "A packed ring instead of a split one" };
        Option<double> seconds = new("--seconds") { Description = "How long", DefaultValueFactory = _ => 2 };
        Option<long> requests = new("--requests") { Description = "How many at the most", DefaultValueFactory = _ => long.MaxValue };
        Option<int?> generatorCpu = new("--cpu") { Description = "CPU of the generator" };
        Option<int?> daemonCpu = new("--daemon-cpu") { Description = "CPU of the back-end" };
        Command command = new("load", "Puts one load on one socket");
        Option[] options =
        [
            socket, depth, size, message, descriptors, disk, writes, sequential, diskMib, poll, packed, seconds,
            requests, generatorCpu, daemonCpu,
        ];
        foreach (Option option in options)
            command.Options.Add(option);

        command.SetAction(result =>
        {
            using BackEnd backEnd = BackEnd.Start(Launch.OfSocket(result.GetValue(socket)!), "");
            if (result.GetValue(generatorCpu) is { } cpu)
                Cpus.PinThread(cpu);
            if (result.GetValue(daemonCpu) is { } other)
                backEnd.Pin(other);
            LoadResult load = LoadGenerator.Run(backEnd, new LoadOptions
            {
                Depth = result.GetValue(depth),
                Size = result.GetValue(size),
                Message = Bytes(result.GetValue(message)!),
                Descriptors = result.GetValue(descriptors),
                Disk = result.GetValue(disk) is not { } protocol ? null : new DiskLoad
                {
                    IsScsi = protocol == "scsi",
                    DiskBytes = (long)result.GetValue(diskMib) << 20,
                    Writes = result.GetValue(writes),
                    Sequential = result.GetValue(sequential),
                },
                Polls = result.GetValue(poll),
                Packed = result.GetValue(packed),
                Time = TimeSpan.FromSeconds(result.GetValue(seconds)),
                MaxRequests = result.GetValue(requests),
            });
            Print(load, MemoryUse.Of(backEnd.Pid));
        });
        return command;
    }

    private static byte[] Bytes(string hex)
    {
        try
        {
            return Convert.FromHexString(hex);
        }
        catch (FormatException)
        {
            throw new BenchException($"--message {hex}: an even number of hex digits was expected");
        }
    }

    private static void Print(LoadResult result, MemoryUse memory)
    {
        Table table = new("", " ");
        table.Add("requests/s", Format.Count(result.RequestsPerSecond));
        table.Add("throughput", Format.Rate(result.BytesPerSecond));
        table.Add("latency p50", Format.Microseconds(result.P50));
        table.Add("latency p99", Format.Microseconds(result.P99));
        table.Add("latency p99.9", Format.Microseconds(result.P999));
        table.Add("back-end's CPU time per request", Format.Microseconds(result.DaemonCpu));
        table.Add("generator's CPU time per request", Format.Microseconds(result.GeneratorCpu));
        table.Add("kicks per request", Format.Number(result.KicksPerRequest));
        table.Add("interrupts per request", Format.Number(result.InterruptsPerRequest));
        table.Add("back-end's RSS", Format.Megabytes(1024.0 * memory.Resident));
        table.Print(Console.Out);
    }
}
