// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards.I2c;
using VhostDevice.Linux;
using Xunit;

namespace VhostDevice.Devices.Tests.Boards;

/// <summary>What a guest does on a simulated bus.</summary>
internal sealed unsafe class Master(SimulatedI2cBus bus)
{
    internal Errno TryWrite(ushort address, params byte[] bytes)
    {
        fixed (byte* p = bytes)
        {
            _ = bus.Transfer([Message(address, I2cMessageFlags.None, p, bytes.Length)], out Errno errno);
            return errno;
        }
    }

    internal void Write(ushort address, params byte[] bytes) => Assert.Equal(Errno.Success, TryWrite(address, bytes));

    internal byte[] Read(ushort address, int count)
    {
        byte[] bytes = new byte[count];
        fixed (byte* p = bytes)
            Assert.Equal(1, bus.Transfer([Message(address, I2cMessageFlags.Read, p, count)], out _));
        return bytes;
    }

    /// <summary>One transaction: writes, starts again, reads.</summary>
    internal byte[] WriteRead(ushort address, byte[] bytes, int count)
    {
        byte[] answer = new byte[count];
        fixed (byte* w = bytes, r = answer)
        {
            Assert.Equal(2, bus.Transfer(
                [
                    Message(address, I2cMessageFlags.None, w, bytes.Length),
                    Message(address, I2cMessageFlags.Read, r, count),
                ],
                out _));
        }

        return answer;
    }

    internal byte ReadByte(ushort address, byte register) => WriteRead(address, [register], 1)[0];

    /// <summary>A 16-bit register, high byte first.</summary>
    internal ushort ReadWord(ushort address, byte register)
    {
        byte[] bytes = WriteRead(address, [register], 2);
        return (ushort)((bytes[0] << 8) | bytes[1]);
    }

    internal void WriteWord(ushort address, byte register, ushort value) => Write(address, register, (byte)(value >> 8), (byte)value);

    private static I2cMessage Message(ushort address, I2cMessageFlags flags, byte* buffer, int length) =>
        new() { Address = address, Flags = flags, Length = (ushort)length, Buffer = buffer };
}
