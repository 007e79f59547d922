// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards.Files;
using VhostDevice.Hosting;
using VhostDevice.Hosting.CommandLine;
using VhostDevice.Hosting.Control;
using VhostDevice.Hosting.Kinds;

namespace VhostDevice.Devices.Boards.Serving;

/// <summary>The settings of whatever can be served from a simulated board, and the board that they name.</summary>
public sealed class BoardSettings
{
    private const ulong MaxRecordMebibytes = 1 << 20;

    private readonly TextSetting _board;

    private readonly TextSetting _control = new(
        ControlSocket.Option, null, "PATH", "With a board: listen here for 'vhost-device board' commands");

    // Several, for text and waves of the same run.
    private readonly TextSetting _record = new(
        "--record", null, "FILE[,FILE]",
        "With a board: record what happens, as waves where the name ends in .vcd and as text elsewhere; a comma between several files");

    private readonly NumberSetting _recordLimit = new(
        "--record-limit", null, "MIB", "MiB in each of the two files that a recording alternates between",
        from: 1, to: MaxRecordMebibytes, byDefault: 64, NumberUnit.Mebibytes);

    private readonly Setting? _instead;
    private readonly string _missing = "";
    private readonly string _has = "";

    /// <summary>There must be a board, and the built-in one is the default.</summary>
    public BoardSettings()
        : this(BoardFile.DemoName)
    {
    }

    /// <summary>A board may stand in for the hardware that another setting names.</summary>
    /// <param name="instead">That setting; one of both has to be given.</param>
    /// <param name="missing">What it says: "which chips guests may use".</param>
    /// <param name="has">What the board has itself: "buses".</param>
    public BoardSettings(Setting instead, string missing, string has)
        : this(byDefault: null)
    {
        _instead = instead;
        _missing = missing;
        _has = has;
    }

    private BoardSettings(string? byDefault) => _board = new TextSetting(
        "--board", null, "FILE", $"A simulated board instead of hardware: a YAML file, or '{BoardFile.DemoName}' for the built-in one", byDefault);

    /// <summary>The settings, in the order of the help.</summary>
    public IReadOnlyList<Setting> All => [_board, _control, _record, _recordLimit];

    /// <summary>What is wrong with them; null: nothing.</summary>
    /// <param name="other">Another setting that names hardware.</param>
    public string? Problem(Values values, Setting? other = null)
    {
        if (_instead is null)
            return null;
        Setting instead = other is not null && values.Has(other) ? other : _instead;
        if (values.Has(instead) && values.Has(_board))
            return $"{instead.Name} and --board exclude each other: a board has its own {_has}";
        if (values.Has(_board))
            return null;
        foreach (TextSetting setting in (ReadOnlySpan<TextSetting>)[_control, _record])
        {
            if (values.Has(setting))
                return $"{setting.Name} is for simulated boards: give --board too";
        }

        return values.Has(instead) ? null : $"{_instead.Name} {_instead.Value} is missing: {_missing} (or --board FILE: a simulated board)";
    }

    /// <summary>Makes the board with what belongs to it; null when none is asked for.</summary>
    /// <exception cref="StartupException">It cannot be made.</exception>
    public Board? Open(Opening at) => at[_board] is not { } file ? null : BoardHost.Open(
        at,
        file,
        at[_control],
        at[_record]?.Split(',', StringSplitOptions.RemoveEmptyEntries) ?? [],
        (long)at[_recordLimit] << 20);
}
