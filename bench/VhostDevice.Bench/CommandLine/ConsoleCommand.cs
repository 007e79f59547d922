// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.CommandLine;
using VhostDevice.Bench.BackEnds;
using VhostDevice.Bench.Figures;

namespace VhostDevice.Bench.CommandLine;

/// <summary>The table of console.</summary>
internal static class ConsoleCommand
{
    internal static Command Build()
    {
        Command command = new("console", "Measures console: bytes to a Unix socket and from it, a key and its echo");
        SuiteArguments arguments = new(
            command,
            ConsoleSuite.Keys,
            "Another console back-end, whose port is the Unix socket that {} and .host make; a command with {} for the socket's path");
        command.SetAction(result => arguments.Run(result, new ConsoleSuite(arguments.Read(result, Launch.OfConsole))));
        return command;
    }
}
