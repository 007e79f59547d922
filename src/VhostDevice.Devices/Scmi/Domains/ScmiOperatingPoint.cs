// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Scmi.Domains;

/// <summary>A point at which a performance domain can operate.</summary>
/// <param name="level">Grows with the performance.</param>
/// <param name="power">In milliwatts.</param>
/// <param name="kilohertz">What the frequency is then.</param>
public sealed class ScmiOperatingPoint(uint level, uint power, uint kilohertz)
{
    public uint Level => level;

    public uint Power => power;

    public uint Kilohertz => kilohertz;
}
