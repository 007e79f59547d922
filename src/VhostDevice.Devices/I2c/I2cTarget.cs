// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.I2c;

/// <summary>An address that guests may talk to.</summary>
/// <param name="BusIndex">Which of the set's buses it is on.</param>
/// <param name="Address">Without a read/write bit.</param>
/// <param name="IsTenBit">10 bits, not 7.</param>
public readonly record struct I2cTarget(int BusIndex, ushort Address, bool IsTenBit)
{
    /// <summary>As the command line has it: 0x48, or t0x123 for one of 10 bits.</summary>
    public override string ToString() => $"{(IsTenBit ? "t" : "")}0x{Address:x2}";
}
