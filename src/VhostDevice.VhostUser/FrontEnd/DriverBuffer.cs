// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.VhostUser.FrontEnd;

/// <summary>One piece of a request: a run of guest memory that the device reads or writes.</summary>
/// <param name="Address">Guest address.</param>
/// <param name="Length">Bytes.</param>
/// <param name="DeviceWritable">True for an answer, false for what the driver has written.</param>
public readonly record struct DriverBuffer(ulong Address, uint Length, bool DeviceWritable)
{
    public static DriverBuffer Readable(ulong address, uint length) => new(address, length, false);

    public static DriverBuffer Writable(ulong address, uint length) => new(address, length, true);
}

/// <summary>What the device gave back.</summary>
/// <param name="Id">The number that adding the request returned.</param>
/// <param name="Length">Bytes that the device says it has written.</param>
public readonly record struct UsedChain(ushort Id, uint Length);
