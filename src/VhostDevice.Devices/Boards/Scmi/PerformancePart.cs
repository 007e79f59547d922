// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scmi.Domains;

namespace VhostDevice.Devices.Boards.Scmi;

/// <summary>A performance domain of a SoC. People may throttle it: with a maximum that is lower.</summary>
internal sealed class PerformancePart : SocPart
{
    private readonly ScmiPerformance _domain;
    private readonly NumberParameter _level;
    private readonly NumberParameter _max;

    internal PerformancePart(Board board, ScmiPerformance domain)
        : base(board, "performance", domain)
    {
        _domain = domain;
        ScmiSteps levels = new(domain.Points[0].Level, domain.Points[^1].Level, 1);
        _level = Number("level", "", levels, 1, domain.Level, value => domain.Level = domain.PointAt((uint)value));
        _max = Number("max-level", "", levels, 1, domain.Most, Throttle);
    }

    private void Throttle(long most)
    {
        _domain.Limit(Math.Min(_domain.Least, (uint)most), (uint)most);
        _domain.Level = _domain.PointAt(Math.Min(_domain.Level, (uint)most));
    }

    private protected override void Show()
    {
        _level.Value = _domain.Level;
        _max.Value = Math.Clamp(_domain.Most, _domain.Points[0].Level, _domain.Points[^1].Level);
    }
}
