// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scmi.Domains;

namespace VhostDevice.Devices.Boards.Scmi;

/// <summary>A clock of a SoC. People may give it any rate, also one between the steps that agents can ask for.</summary>
internal sealed class ClockPart : SocPart
{
    private readonly ScmiClock _clock;
    private readonly NumberParameter _rate;
    private readonly SwitchParameter _enabled;

    internal ClockPart(Board board, ScmiClock clock)
        : base(board, "clock", clock)
    {
        _clock = clock;
        _rate = Number("rate", "Hz", clock.Rates, 1, clock.Rate, value => clock.Rate = value);
        _enabled = Switch("enabled", clock.IsEnabled, value => clock.IsEnabled = value);
    }

    private protected override void Show()
    {
        _rate.Value = _clock.Rate;
        _enabled.Value = _clock.IsEnabled;
    }
}
