// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards.Wiring;
using VhostDevice.Devices.Scmi.Domains;

namespace VhostDevice.Devices.Boards.Scmi;

/// <summary>A supply of a SoC; its pin is high while it is on.</summary>
internal sealed class SupplyPart : SocPart
{
    private const double MicrovoltsPerVolt = 1e6;

    private readonly ScmiVoltage _supply;
    private readonly NumberParameter _voltage;
    private readonly SwitchParameter _on;
    private readonly Pin _pin;

    internal SupplyPart(Board board, ScmiVoltage supply)
        : base(board, "supply", supply)
    {
        _supply = supply;
        _voltage = Number("voltage", "V", supply.Levels, MicrovoltsPerVolt, supply.Level, value => supply.Level = value);
        _on = Switch("on", supply.IsOn, value => supply.IsOn = value);
        _pin = AddPin("out");
        Show();
    }

    private protected override void Show()
    {
        _voltage.Value = _supply.Level / MicrovoltsPerVolt;
        _on.Value = _supply.IsOn;
        _pin.Drive = _supply.IsOn ? PinDrive.High : PinDrive.Low;
    }
}
