// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using VhostDevice.Devices.Input;

namespace VhostDevice.Devices.Boards.Input;

/// <summary>What people do with a simulated input device, and see of it. All members are for whoever holds <see cref="Board.Gate"/>.</summary>
internal abstract class InputPart : BoardPart
{
    // Two fingers' worth of a hand more than there are.
    private const int MaxReport = 64;
    private const int MaxLeds = 16;

    private readonly InputEvent[] _report = new InputEvent[MaxReport];
    private readonly SwitchParameter?[] _lamps = new SwitchParameter?[MaxLeds];
    private int _length;

    protected InputPart(Board board, string model, string name, InputDescription description)
        : base(board, model, name)
    {
        Port = new InputPort(board, name, description);
        Port.StatusChanged += OnStatus;
    }

    internal InputPort Port { get; }

    /// <summary>Shows an LED of the device as a parameter, while the board is built.</summary>
    protected void ShowLed(string name, ushort code) =>
        _lamps[code] = Parameter(new SwitchParameter(name, false, readOnly: true));

    /// <summary>Whether a guest has lit an LED.</summary>
    protected bool IsLit(ushort code) => _lamps[code] is { Now: true };

    /// <summary>Adds an event to the report that <see cref="Send()"/> sends.</summary>
    protected void Add(ushort type, int code, int value)
    {
        if (_length < MaxReport - 1)
            _report[_length++] = new InputEvent(type, (ushort)code, value);
    }

    /// <summary>Sends what was added as a report.</summary>
    protected void Send()
    {
        _report[_length++] = InputEvent.EndOfReport;
        ReadOnlySpan<InputEvent> report = _report.AsSpan(0, _length);
        _length = 0;
        Port.Report(report);
    }

    /// <summary>A report of one event.</summary>
    protected void Send(ushort type, int code, int value)
    {
        Add(type, code, value);
        Send();
    }

    /// <summary>A guest says how something is to be; LEDs are shown already.</summary>
    protected virtual void Show(in InputEvent value)
    {
    }

    /// <returns>False: it is no whole number in the range.</returns>
    protected static bool TryNumber(string text, int least, int most, out int value) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value) && value >= least && value <= most;

    private void OnStatus(InputEvent value)
    {
        if (value is { Type: InputTypes.Led, Code: < MaxLeds } && _lamps[value.Code] is { } shown)
            shown.Value = value.Value != 0;
        Show(value);
    }
}
