// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Scmi.Domains;

/// <summary>A supply whose voltage can be set.</summary>
/// <param name="levels">In microvolts.</param>
/// <param name="level">At first.</param>
public sealed class ScmiVoltage(string name, ScmiSteps levels, long level, bool isOn) : ScmiDomain(name)
{
    private long _level = level;
    private bool _isOn = isOn;

    public ScmiSteps Levels => levels;

    /// <summary>In microvolts, also while it is off.</summary>
    public long Level
    {
        get => _level;
        set => Set(ref _level, value);
    }

    public bool IsOn
    {
        get => _isOn;
        set => Set(ref _isOn, value);
    }
}
