// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.CommandLine;
using VhostDevice.Bench.BackEnds;
using VhostDevice.Bench.Figures;
using VhostDevice.Bench.Processes;

namespace VhostDevice.Bench.CommandLine;

/// <summary>The table of all figures.</summary>
internal static class SuiteCommand
{
    private static readonly string[] s_keys = ["d1", "d64", "bulk", "d1-2cpu", "poll", "packed", "memory", "start", "size"];

    internal static void Configure(Command command)
    {
        Option<string> daemon = new("--daemon") { Description = "Our program", HelpName = "PATH", DefaultValueFactory = _ => "out/vhost-device" };
        Option<string[]> daemonArgs = new("--daemon-args") { Description = "More arguments for our program", HelpName = "ARG", AllowMultipleArgumentsPerToken = true };
        Option<string?> peer = new("--peer")
        {
            Description = "Another back-end to measure in turns with ours: its socket, or a command with {} for the socket's path (which may get a 0 appended) and perhaps {poll} for '--poll-us N'",
            HelpName = "SOCKET|COMMAND",
        };
        Option<int> rounds = new("--rounds") { Description = "Rounds; medians of all are shown", DefaultValueFactory = _ => 15 };
        Option<int> slice = new("--slice-ms") { Description = "Time of each load in a round", DefaultValueFactory = _ => 150 };
        Option<int[]> cpus = new("--cpus") { Description = "CPU of the generator (and of the daemon in the one-CPU placement), and CPU of the daemon in the two-CPU placement", HelpName = "G D", Arity = new ArgumentArity(1, 2), AllowMultipleArgumentsPerToken = true };
        Option<int> pollUs = new("--poll-us") { Description = "Busy polling of the figure 'poll'", HelpName = "MICROSECONDS", DefaultValueFactory = _ => 200 };
        Option<int> nice = new("--nice") { Description = "Priority of generator and daemons, where permitted", HelpName = "N", DefaultValueFactory = _ => -20 };
        Option<string[]> only = new("--only") { Description = "Only these figures", AllowMultipleArgumentsPerToken = true };
        only.AcceptOnlyFromAmong(s_keys);
        foreach (Option option in (Option[])[daemon, daemonArgs, peer, rounds, slice, cpus, pollUs, nice, only])
            command.Options.Add(option);

        command.SetAction(result =>
        {
            int[] all = Cpus.Allowed();
            int[] chosen = result.GetValue(cpus) is { Length: > 0 } given ? given : [.. all.Reverse().Take(2)];
            using IDisposable priority = Priority.Raise(result.GetValue(nice));
            using Suite suite = new(new SuiteOptions
            {
                Daemon = Launch.OfDaemon(result.GetValue(daemon)!, result.GetValue(daemonArgs) ?? []),
                Peer = result.GetValue(peer) is { } other ? Launch.OfPeer(other) : null,
                AllCpus = all,
                GeneratorCpu = chosen[0],
                DaemonCpu = chosen.Length > 1 ? chosen[1] : null,
                Rounds = result.GetValue(rounds),
                Slice = TimeSpan.FromMilliseconds(result.GetValue(slice)),
                PollMicroseconds = result.GetValue(pollUs),
                Only = result.GetValue(only) ?? [],
            });
            suite.Run(Console.Out);
        });
    }
}
