// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards.Wiring;

namespace VhostDevice.Devices.Boards.Models;

/// <summary>
/// The alarm output of the LM75 and its relatives. As a comparator it is on from above the upper limit to below the
/// lower one; as an interrupt it goes on when either is crossed, alternately, and off when the chip is read.
/// </summary>
internal sealed class TemperatureAlarm
{
    private readonly SwitchParameter _shown;
    private bool _interrupt;
    private bool _activeHigh;
    private bool _isHot;
    private bool _active;

    /// <param name="shown">Tells whether the output is active.</param>
    internal TemperatureAlarm(SwitchParameter shown, Pin pin)
    {
        _shown = shown;
        Pin = pin;
    }

    internal Pin Pin { get; }

    /// <summary>Whether the upper limit was crossed later than the lower one.</summary>
    internal bool IsHot => _isHot;

    internal void Configure(bool interrupt, bool activeHigh)
    {
        if (interrupt != _interrupt)
            _active = !interrupt && _isHot;
        _interrupt = interrupt;
        _activeHigh = activeHigh;
        Show();
    }

    internal void Compare(short value, short lower, short upper)
    {
        bool hot = _isHot ? value >= lower : value > upper;
        if (hot != _isHot)
        {
            _isHot = hot;
            _active = _interrupt || hot;
        }

        Show();
    }

    /// <summary>The master read a register.</summary>
    internal void OnRead()
    {
        if (!_interrupt || !_active)
            return;
        _active = false;
        Show();
    }

    private void Show()
    {
        // Open drain: it pulls the wire down or lets it go.
        Pin.Drive = _active != _activeHigh ? PinDrive.Low : PinDrive.Floating;
        _shown.Value = _active;
    }
}
