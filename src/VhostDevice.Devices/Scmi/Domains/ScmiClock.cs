// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Scmi.Domains;

/// <summary>A clock.</summary>
/// <param name="rates">In hertz.</param>
/// <param name="rate">At first.</param>
public sealed class ScmiClock(string name, ScmiSteps rates, long rate, bool isEnabled) : ScmiDomain(name)
{
    private long _rate = rate;
    private bool _isEnabled = isEnabled;

    public ScmiSteps Rates => rates;

    /// <summary>In hertz.</summary>
    public long Rate
    {
        get => _rate;
        set => Set(ref _rate, value);
    }

    /// <summary>What agents were told last.</summary>
    internal long Reported { get; set; } = rate;

    public bool IsEnabled
    {
        get => _isEnabled;
        set => Set(ref _isEnabled, value);
    }
}
