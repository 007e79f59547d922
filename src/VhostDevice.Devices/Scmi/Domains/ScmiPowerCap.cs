// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Scmi.Domains;

/// <summary>A limit to the power that something takes.</summary>
/// <param name="caps">In milliwatts. It begins with the most.</param>
public sealed class ScmiPowerCap(string name, ScmiSteps caps) : ScmiDomain(name)
{
    private long _cap = caps.Most;
    private long _power;

    public ScmiSteps Caps => caps;

    /// <summary>In milliwatts.</summary>
    public long Cap
    {
        get => _cap;
        set => Set(ref _cap, value);
    }

    /// <summary>What agents were told last.</summary>
    internal long ReportedCap { get; set; } = caps.Most;

    internal long ReportedPower { get; set; }

    /// <summary>What it takes now, in milliwatts.</summary>
    public long Power
    {
        get => _power;
        set => Set(ref _power, value);
    }
}
