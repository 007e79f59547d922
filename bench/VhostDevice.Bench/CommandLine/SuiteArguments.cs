// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.CommandLine;
using VhostDevice.Bench.BackEnds;
using VhostDevice.Bench.Figures;
using VhostDevice.Bench.Processes;

namespace VhostDevice.Bench.CommandLine;

/// <summary>The options that all suites have.</summary>
internal sealed class SuiteArguments
{
    private readonly Option<string> _daemon = new("--daemon")
    {
        Description = "Our program",
        HelpName = "PATH",
        DefaultValueFactory = _ => "out/vhost-device",
    };
    private readonly Option<string[]> _daemonArgs = new("--daemon-args")
    {
        Description = "More arguments for our program",
        HelpName = "ARG",
        AllowMultipleArgumentsPerToken = true,
    };
    private readonly Option<string?> _peer = new("--peer") { HelpName = "SOCKET|COMMAND" };
    private readonly Option<int> _rounds = new("--rounds") { Description = "Rounds; medians of all are shown", DefaultValueFactory = _ => 15 };
    private readonly Option<int> _slice = new("--slice-ms") { Description = "Time of each load in a round", DefaultValueFactory = _ => 150 };
    private readonly Option<int[]> _cpus = new("--cpus")
    {
        Description =
            "CPU of the generator (and of the daemon in the one-CPU placement), and CPU of the daemon in the two-CPU placement",
        HelpName = "G D",
        Arity = new ArgumentArity(1, 2),
        AllowMultipleArgumentsPerToken = true,
    };
    private readonly Option<int> _nice = new("--nice")
    {
        Description = "Priority of generator and daemons, where permitted",
        HelpName = "N",
        DefaultValueFactory = _ => -20,
    };
    private readonly Option<string[]> _only = new("--only") { Description = "Only these figures", AllowMultipleArgumentsPerToken = true };

    /// <param name="command">Gets the options.</param>
    /// <param name="keys">The names of its figures.</param>
    /// <param name="peer">What the peer is, for the help.</param>
    internal SuiteArguments(Command command, string[] keys, string peer)
    {
        _peer.Description = peer;
        _only.AcceptOnlyFromAmong(keys);
        foreach (Option option in (Option[])[_daemon, _daemonArgs, _peer, _rounds, _slice, _cpus, _nice, _only])
            command.Options.Add(option);
    }

    /// <param name="launch">Our daemon, from its program and its further arguments.</param>
    /// <param name="peer">Completes the peer's command.</param>
    internal SuiteOptions Read(ParseResult result, Func<string, string[], Launch> launch, Func<string, string>? peer = null)
    {
        int[] all = Cpus.Allowed();
        int[] chosen = result.GetValue(_cpus) is { Length: > 0 } given ? given : [.. all.Reverse().Take(2)];
        return new SuiteOptions
        {
            Daemon = launch(result.GetValue(_daemon)!, result.GetValue(_daemonArgs) ?? []),
            Peer = result.GetValue(_peer) is { } other ? Launch.OfPeer(peer?.Invoke(other) ?? other) : null,
            AllCpus = all,
            GeneratorCpu = chosen[0],
            DaemonCpu = chosen.Length > 1 ? chosen[1] : null,
            Rounds = result.GetValue(_rounds),
            Slice = TimeSpan.FromMilliseconds(result.GetValue(_slice)),
            Only = result.GetValue(_only) ?? [],
        };
    }

    /// <summary>Measures and prints.</summary>
    internal void Run(ParseResult result, Suite suite)
    {
        using (suite)
        using (Priority.Raise(result.GetValue(_nice)))
            suite.Run(Console.Out);
    }
}
