// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards.Can.Ecu.Dbc;

namespace VhostDevice.Devices.Boards.Can.Ecu;

/// <summary>A signal of a message, as people see and set it: in its unit, or by the name that the file has for the value.</summary>
/// <param name="signal">What its bits mean.</param>
/// <param name="changed">Of one that is sent: hears of another value, under the board's gate. Null: it is received, and can
/// only be read.</param>
internal sealed class SignalParameter(string name, DbcSignal signal, Action? changed) : BoardParameter(name, signal.Unit)
{
    internal DbcSignal Signal => signal;

    internal ulong Raw { get; private set; } = signal.StartRaw;

    public override string? Accepts => changed is null ? null : signal.Accepts;

    public override string Text => signal.Show(Raw);

    /// <summary>Sets its bits, under the gate.</summary>
    internal void Put(ulong raw)
    {
        if (raw == Raw)
            return;
        Raw = raw;
        changed?.Invoke();
        // A recording has the frame of one that is received.
        if (changed is null)
            Owner!.Board.Announce(Owner, this);
        else
            Announce();
    }

    /// <summary>Sets it to the nearest value in its range, under the gate.</summary>
    internal void Follow(double value)
    {
        if (!signal.IsFloating)
            value = Math.Clamp(value, (double)signal.Least, (double)signal.Most);
        else if (signal.Min != 0 || signal.Max != 0)
            value = Math.Clamp(value, Math.Min(signal.Min, signal.Max), signal.Max);
        if (signal.TryEncode(value, out ulong raw))
            Put(raw);
    }

    protected override bool Parse(string text)
    {
        if (!signal.TryRead(text, out ulong raw))
            return false;
        Put(raw);
        return true;
    }
}
