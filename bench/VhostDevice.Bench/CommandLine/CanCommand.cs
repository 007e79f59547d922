// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.CommandLine;
using VhostDevice.Bench.BackEnds;
using VhostDevice.Bench.Figures;

namespace VhostDevice.Bench.CommandLine;

/// <summary>The table of can.</summary>
internal static class CanCommand
{
    internal static Command Build()
    {
        Command command = new("can", "Measures can: frames from guest to guest on a simulated bus");
        SuiteArguments arguments = new(command, CanSuite.Keys, "Not used: no other back-end has a simulated bus");
        command.SetAction(result => arguments.Run(result, new CanSuite(arguments.Read(result, Launch.OfCan))));
        return command;
    }
}
