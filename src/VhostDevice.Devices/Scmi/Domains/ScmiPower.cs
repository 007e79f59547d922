// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Scmi.Domains;

/// <summary>A power domain, which is on or off.</summary>
public sealed class ScmiPower(string name, bool isOn) : ScmiDomain(name)
{
    private bool _isOn = isOn;

    public bool IsOn
    {
        get => _isOn;
        set => Set(ref _isOn, value);
    }
}
