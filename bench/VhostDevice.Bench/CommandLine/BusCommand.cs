// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.CommandLine;
using VhostDevice.Bench.BackEnds;
using VhostDevice.Bench.Figures;

namespace VhostDevice.Bench.CommandLine;

/// <summary>The table of i2c, gpio and spi.</summary>
internal static class BusCommand
{
    internal static Command Build()
    {
        Command command = new("bus", "Measures i2c, gpio and spi on the built-in board");
        SuiteArguments arguments = new(
            command,
            BusSuite.Keys,
            "Another i2c back-end, with something at 0x48 whose first byte is 21, to measure in turns with ours: its "
                + "socket, or a command with {} for the socket's path");
        command.SetAction(result =>
        {
            SuiteOptions options = arguments.Read(result, (program, more) => Launch.OfBoard(program, "i2c", more));
            Launch gpio = arguments.Read(result, (program, more) => Launch.OfBoard(program, "gpio", more)).Daemon;
            Launch spi = arguments.Read(result, (program, more) => Launch.OfBoard(program, "spi", more)).Daemon;
            arguments.Run(result, new BusSuite(options, gpio, spi));
        });
        return command;
    }
}
