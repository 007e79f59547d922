// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scmi.Domains;

namespace VhostDevice.Devices.Boards.Scmi;

/// <summary>A power cap of a SoC, and the power that is taken beneath it, which people set.</summary>
internal sealed class PowerCapPart : SocPart
{
    private const double MilliwattsPerWatt = 1000;

    private readonly ScmiPowerCap _domain;
    private readonly NumberParameter _cap;

    internal PowerCapPart(Board board, ScmiPowerCap domain)
        : base(board, "power-cap", domain)
    {
        _domain = domain;
        _cap = Number("cap", "W", domain.Caps, MilliwattsPerWatt, domain.Cap, value => domain.Cap = value);
        _ = Number("power", "W", domain.Caps with { Least = 0 }, MilliwattsPerWatt, domain.Power, value => domain.Power = value);
    }

    private protected override void Show() => _cap.Value = _domain.Cap / MilliwattsPerWatt;
}
