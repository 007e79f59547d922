// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.I2c;

/// <summary>
/// The host side of I2C devices: one adapter with what is connected to it, real or simulated. Several devices, on
/// several loops, may use it.
/// </summary>
public interface II2cBus : IDisposable
{
    /// <summary>What it is called in messages, such as "i2c-1".</summary>
    string Name { get; }

    /// <summary>
    /// Whether a transfer may wait. If so, one is made at a time, on a thread that belongs to this bus, or on a device's loop
    /// while transfers are quick (<see cref="HostCalls"/>); if not, they are made on the loops of the devices, straight,
    /// and several at a time when there are several loops.
    /// </summary>
    bool MayBlock { get; }

    /// <summary>Whether guests may talk to this address. The answer never changes; no other address is ever used.</summary>
    /// <param name="address">Below 0x80, or below 0x400 when <paramref name="tenBit"/>.</param>
    bool HasAddress(ushort address, bool tenBit);

    /// <summary>
    /// Makes one transfer: a start, repeated starts between the messages, one stop. A message that fails (nobody answers,
    /// a byte is refused) ends it, and those after it are not begun.
    /// </summary>
    /// <param name="messages">
    /// 1 to <see cref="I2cMessage.MaxMessages"/>, each of at most <see cref="I2cMessage.MaxLength"/> bytes, to addresses
    /// that this bus has. When the bus cannot block, their buffers are guest memory, which may change at any time: read
    /// every byte once, and believe only the copy.
    /// </param>
    /// <param name="errno">Why not all of them succeeded.</param>
    /// <returns>How many succeeded, from the first on. Nothing is thrown.</returns>
    int Transfer(ReadOnlySpan<I2cMessage> messages, out Errno errno);
}
