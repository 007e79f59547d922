// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.CommandLine;
using VhostDevice.Bench.BackEnds;
using VhostDevice.Bench.Figures;

namespace VhostDevice.Bench.CommandLine;

/// <summary>The table of vsock.</summary>
internal static class VsockCommand
{
    internal static Command Build()
    {
        Command command = new("vsock", "Measures vsock: throughput both ways, round trips, connections, over hybrid sockets");
        SuiteArguments arguments = new(
            command,
            VsockSuite.Keys,
            "Another back-end to measure in turns with ours: a command with {} for its socket's path and {}.uds for "
                + "the hybrid socket's, for guest CID 3");
        command.SetAction(result => arguments.Run(result, new VsockSuite(arguments.Read(result, Launch.OfVsock))));
        return command;
    }
}
