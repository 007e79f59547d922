// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using VhostDevice.Devices.Boards.Models;
using VhostDevice.Devices.Boards.Spi;
using Xunit;

namespace VhostDevice.Devices.Tests.Boards.Spi;

/// <summary>A host with a memory card, which does things in the order of Linux's driver.</summary>
internal sealed class SdHost(SimulatedSpiBus bus, byte chip = 0)
{
    internal const int Block = 512;

    internal SpiMaster Master { get; } = new(bus, chip);

    /// <summary>Everything until blocks can be read and written.</summary>
    internal void Start(bool high = false)
    {
        Assert.Equal([1], Ask(0));
        Assert.Equal([1, 0, 0, 1, 0xaa], Ask(8, 0x1aa, 5));
        Assert.Equal([1], AskApplication(41, high ? 1u << 30 : 0));
        Assert.Equal([0], AskApplication(41, high ? 1u << 30 : 0));
    }

    /// <summary>A command and its answer, without what comes before it.</summary>
    internal byte[] Ask(int index, uint argument = 0, int length = 1) => AskRaw(Command(index, argument), length);

    internal byte[] AskApplication(int index, uint argument = 0, int length = 1)
    {
        _ = Ask(55);
        return Ask(index, argument, length);
    }

    internal byte[] AskRaw(byte[] command, int length)
    {
        // 0xff, the command, the byte that passes, the answer.
        byte[] sent = [0xff, .. command, .. Enumerable.Repeat((byte)0xff, 1 + length)];
        byte[] received = Master.Both(sent);
        Assert.Equal(0xff, received[7]);
        return received[8..];
    }

    /// <summary>A block behind its token; fails when another one comes.</summary>
    internal byte[] TakeBlock(int length = Block)
    {
        Assert.Equal(0xfe, Token());
        byte[] data = Ones(length);
        byte[] checksum = Ones(2);
        Assert.Equal(SdChecksum.OfData(data), BinaryPrimitives.ReadUInt16BigEndian(checksum));
        return data;
    }

    /// <summary>The first byte that says something.</summary>
    internal byte Token()
    {
        for (int i = 0; i < 8; i++)
        {
            byte value = Ones(1)[0];
            if (value != 0xff)
                return value;
        }

        return 0xff;
    }

    /// <summary>Sends a block; what the card thinks of it.</summary>
    internal int GiveBlock(byte[] data, byte token = 0xfe, ushort? checksum = null)
    {
        Master.Write(token);
        Master.Write(data);
        byte[] crc = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(crc, checksum ?? SdChecksum.OfData(data));
        Master.Write(crc);
        return Ones(1)[0] & 0x1f;
    }

    /// <summary>How often it has to be looked at until it is done.</summary>
    internal int WaitWhileBusy(int most = 1000)
    {
        for (int looks = 1; looks <= most; looks++)
        {
            if (Ones(4)[^1] == 0xff)
                return looks;
        }

        Assert.Fail("the card is busy for ever");
        return most;
    }

    internal byte[] Read(uint address, int length = Block)
    {
        Assert.Equal([0], Ask(17, address));
        return TakeBlock(length);
    }

    internal byte[] Register(int index)
    {
        Assert.Equal([0], Ask(index));
        return TakeBlock(16);
    }

    internal byte[] Ones(int count) => Master.Both([.. Enumerable.Repeat((byte)0xff, count)]);

    internal static byte[] Command(int index, uint argument = 0)
    {
        byte[] bytes = new byte[6];
        bytes[0] = (byte)(0x40 | index);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(1), argument);
        bytes[5] = SdChecksum.OfCommand(bytes.AsSpan(0, 5));
        return bytes;
    }

    /// <summary>What each place of the tests' cards gets: no two blocks are the same.</summary>
    internal static byte[] Pattern(int seed)
    {
        byte[] data = new byte[Block];
        new Random(seed).NextBytes(data);
        return data;
    }
}
