// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;

namespace VhostDevice.Devices.Boards;

/// <summary>A quantity that people set.</summary>
/// <param name="min">The least that the part can stand or show.</param>
/// <param name="max">The most.</param>
/// <param name="value">At the start.</param>
/// <param name="changed">The part's reaction, under <see cref="Board.Gate"/>.</param>
public sealed class NumberParameter(string name, string unit, double min, double max, double value, Action? changed = null)
    : BoardParameter(name, unit)
{
    private double _value = value;

    /// <summary>From any thread.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Outside of the range, or no number.</exception>
    public double Value
    {
        get
        {
            lock (Gate)
                return _value;
        }

        set
        {
            if (!(value >= min && value <= max))
                throw new ArgumentOutOfRangeException(nameof(value), value, $"{Name}: {Accepts}");
            lock (Gate)
                Change(value);
        }
    }

    public override string Accepts =>
        string.Create(CultureInfo.InvariantCulture, $"{min} to {max}");

    public override string Text => _value.ToString(CultureInfo.InvariantCulture);

    /// <summary>The value for the part itself, which holds the gate.</summary>
    internal double Now => _value;

    /// <summary>Sets it to the nearest value in its range; for whoever holds the gate.</summary>
    internal void Follow(double value)
    {
        if (!double.IsNaN(value))
            Change(Math.Clamp(value, min, max));
    }

    protected override bool Parse(string text)
    {
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) || !(value >= min && value <= max))
            return false;
        Change(value);
        return true;
    }

    private void Change(double value)
    {
        if (_value == value)
            return;
        _value = value;
        changed?.Invoke();
        Announce();
    }
}
