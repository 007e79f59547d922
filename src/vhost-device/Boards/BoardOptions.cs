// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using VhostDevice.Devices.Boards.Files;
using VhostDevice.Hosting;
using VhostDevice.Hosting.Control;
using VhostDevice.Hosting.Logging;

namespace VhostDevice.Program.Boards;

/// <summary>The options of whatever can be served from a simulated board.</summary>
internal sealed class BoardOptions
{
    private const long BytesPerMebibyte = 1 << 20;
    private const ulong MaxRecordLimit = 1 << 20;

    private readonly Option<string?> _board;

    private readonly Option<string?> _control = new(ControlSocket.Option)
    {
        Description = "With a board: listen here for 'vhost-device board' commands",
        HelpName = "PATH",
    };

    // Several, for text and waves of the same run.
    private readonly Option<string?> _record = new("--record")
    {
        Description = "With a board: record what happens, as waves where the name ends in .vcd and as text elsewhere; a comma between several files",
        HelpName = "FILE[,FILE]",
    };

    private readonly Option<ulong> _recordLimit = new("--record-limit")
    {
        Description = "MiB in each of the two files that a recording alternates between",
        HelpName = "MIB",
        DefaultValueFactory = _ => 64,
        CustomParser = r => CommandLine.Numbers.U64(r),
    };

    /// <param name="byDefault">The board when the option is not given; null: none.</param>
    internal BoardOptions(Command command, string? byDefault)
    {
        _board = new Option<string?>("--board")
        {
            Description = $"A simulated board instead of hardware: a YAML file, or '{BoardFile.DemoName}' for the built-in one",
            HelpName = "FILE",
        };
        if (byDefault is not null)
            _board.DefaultValueFactory = _ => byDefault;
        command.Options.Add(_board);
        command.Options.Add(_control);
        command.Options.Add(_record);
        command.Options.Add(_recordLimit);
    }

    /// <summary>Whether the command line names a board.</summary>
    internal bool IsGiven(CommandResult result) => result.GetResult(_board) is { Implicit: false };

    /// <summary>Makes the board with what belongs to it; null when none is asked for.</summary>
    /// <exception cref="StartupException">It cannot be made.</exception>
    internal BoardHost? Open(ParseResult result, StderrLogger log)
    {
        if (result.GetValue(_board) is not { } board)
        {
            foreach (Option option in (Option[])[_control, _record])
            {
                if (result.GetResult(option) is { Implicit: false })
                    throw new StartupException($"{option.Name} is for simulated boards: give --board too", isUsage: true);
            }

            return null;
        }

        ulong limit = result.GetValue(_recordLimit);
        if (limit is 0 or > MaxRecordLimit)
            throw new StartupException(string.Create(CultureInfo.InvariantCulture, $"--record-limit {limit} is not possible: 1 to {MaxRecordLimit} MiB"), isUsage: true);
        string[] files = result.GetValue(_record)?.Split(',', StringSplitOptions.RemoveEmptyEntries) ?? [];
        return BoardHost.Open(board, result.GetValue(_control), files, (long)limit * BytesPerMebibyte, log);
    }
}
