// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.CommandLine;

namespace VhostDevice.Bench.CommandLine;

/// <summary>The command line: the table of rng and of the program by default, those of other devices, or one load against one socket.</summary>
internal static class Commands
{
    internal static RootCommand Build()
    {
        RootCommand root = new("Measures vhost-user back-ends: loads, limits of the same run, memory, start and size");
        SuiteCommand.Configure(root);
        root.Subcommands.Add(VsockCommand.Build());
        root.Subcommands.Add(ScsiCommand.Build());
        root.Subcommands.Add(BusCommand.Build());
        root.Subcommands.Add(RtcCommand.Build());
        root.Subcommands.Add(ScmiCommand.Build());
        root.Subcommands.Add(CanCommand.Build());
        root.Subcommands.Add(ConsoleCommand.Build());
        root.Subcommands.Add(LoadCommand.Build());
        root.Subcommands.Add(VsockLoadCommand.Build());
        root.Subcommands.Add(LimitsCommand.Build());
        return root;
    }
}
