// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Scmi.Domains;

/// <summary>A reset line.</summary>
public sealed class ScmiReset(string name) : ScmiDomain(name)
{
    private bool _isAsserted;

    /// <summary>Whether what is on it is kept in reset.</summary>
    public bool IsAsserted
    {
        get => _isAsserted;
        set => Set(ref _isAsserted, value);
    }
}
