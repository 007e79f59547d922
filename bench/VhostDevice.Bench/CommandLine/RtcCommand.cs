// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.CommandLine;
using VhostDevice.Bench.BackEnds;
using VhostDevice.Bench.Figures;

namespace VhostDevice.Bench.CommandLine;

/// <summary>The table of rtc.</summary>
internal static class RtcCommand
{
    internal static Command Build()
    {
        Command command = new("rtc", "Measures rtc: reading clocks, setting alarms, how late they are");
        SuiteArguments arguments = new(
            command,
            RtcSuite.Keys,
            "Another rtc back-end to measure in turns with ours: its socket, or a command with {} for the socket's path");
        command.SetAction(result => arguments.Run(result, new RtcSuite(arguments.Read(result, Launch.OfRtc))));
        return command;
    }
}
