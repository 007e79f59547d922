// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;

namespace VhostDevice.Devices.Boards.Can.Ecu;

/// <summary>Has a parameter follow another one: whenever that changes, this one gets the nearest value that it can have.</summary>
internal sealed class ParameterLink
{
    private readonly BoardParameter _source;
    private readonly BoardParameter _target;
    private bool _follows;

    internal ParameterLink(Board board, BoardParameter source, BoardParameter target)
    {
        _source = source;
        _target = target;
        board.ParameterChanged += OnChanged;
        OnChanged(null, source);
    }

    /// <summary>The number that a parameter stands for: 1 and 0 for on and off. Under the gate.</summary>
    internal static bool TryRead(BoardParameter parameter, out double value)
    {
        switch (parameter)
        {
            case NumberParameter number:
                value = number.Now;
                return true;
            case SwitchParameter onOff:
                value = onOff.Now ? 1 : 0;
                return true;
            case SignalParameter signal:
                value = signal.Signal.ToDouble(signal.Raw);
                return double.IsFinite(value);
            default:
                return double.TryParse(parameter.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out value)
                    && double.IsFinite(value);
        }
    }

    /// <summary>Whether a parameter can be set to a number.</summary>
    internal static bool CanFollow(BoardParameter parameter) =>
        parameter.Accepts is not null && parameter is NumberParameter or SwitchParameter or SignalParameter;

    /// <summary>Sets a parameter to the nearest value that it can have. Under the gate.</summary>
    internal static void Put(BoardParameter parameter, double value)
    {
        switch (parameter)
        {
            case NumberParameter number:
                number.Follow(value);
                break;
            case SwitchParameter onOff:
                onOff.Value = value != 0;
                break;
            case SignalParameter signal:
                signal.Follow(value);
                break;
        }
    }

    // Links that go round in a circle end where they began.
    private void OnChanged(BoardPart? part, BoardParameter parameter)
    {
        if (parameter != _source || _follows || !TryRead(_source, out double value))
            return;
        _follows = true;
        try
        {
            Put(_target, value);
        }
        finally
        {
            _follows = false;
        }
    }
}
