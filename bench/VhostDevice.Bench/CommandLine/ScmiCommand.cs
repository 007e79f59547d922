// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.CommandLine;
using VhostDevice.Bench.BackEnds;
using VhostDevice.Bench.Figures;

namespace VhostDevice.Bench.CommandLine;

/// <summary>The table of scmi.</summary>
internal static class ScmiCommand
{
    internal static Command Build()
    {
        Command command = new("scmi", "Measures scmi: reading a sensor, beside reading a clock of rtc");
        SuiteArguments arguments = new(command, ScmiSuite.Keys, "Not used: the peer is our own rtc");
        command.SetAction(result => arguments.Run(result, new ScmiSuite(arguments.Read(result, Launch.OfRtc))));
        return command;
    }
}
