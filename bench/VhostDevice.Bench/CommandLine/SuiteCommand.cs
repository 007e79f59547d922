// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.CommandLine;
using VhostDevice.Bench.BackEnds;
using VhostDevice.Bench.Figures;

namespace VhostDevice.Bench.CommandLine;

/// <summary>The table of all figures of rng and of the program.</summary>
internal static class SuiteCommand
{
    internal static void Configure(Command command)
    {
        SuiteArguments arguments = new(
            command,
            RngSuite.Keys,
            "Another back-end to measure in turns with ours: its socket, or a command with {} for the socket's path "
                + "(which may get a 0 appended) and perhaps {poll} for '--poll-us N'");
        Option<int> pollUs = new("--poll-us")
        {
            Description = "Busy polling of the figure 'poll'",
            HelpName = "MICROSECONDS",
            DefaultValueFactory = _ => 200,
        };
        command.Options.Add(pollUs);
        command.SetAction(result => arguments.Run(result, new RngSuite(
            arguments.Read(result, Launch.OfDaemon) with { PollMicroseconds = result.GetValue(pollUs) })));
    }
}
