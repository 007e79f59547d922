// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards.Wiring;
using VhostDevice.Devices.Scmi.Domains;

namespace VhostDevice.Devices.Boards.Scmi;

/// <summary>A power domain of a SoC; its pin is high while it is on.</summary>
internal sealed class PowerPart : SocPart
{
    private readonly ScmiPower _power;
    private readonly SwitchParameter _on;
    private readonly Pin _pin;

    internal PowerPart(Board board, ScmiPower power)
        : base(board, "power-domain", power)
    {
        _power = power;
        _on = Switch("on", power.IsOn, value => power.IsOn = value);
        _pin = AddPin("out");
        Show();
    }

    private protected override void Show()
    {
        _on.Value = _power.IsOn;
        _pin.Drive = _power.IsOn ? PinDrive.High : PinDrive.Low;
    }
}
