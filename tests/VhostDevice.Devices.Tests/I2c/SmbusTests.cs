// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using VhostDevice.Devices.I2c;
using VhostDevice.Linux;
using Xunit;

namespace VhostDevice.Devices.Tests.I2c;

/// <summary>Transfers on adapters without plain I2C: which SMBus operation stands for which, and that nothing else is tried.</summary>
public sealed unsafe class SmbusTests
{
    private const I2cFunctions Common = I2cFunctions.SmbusQuick | I2cFunctions.SmbusReadByte | I2cFunctions.SmbusWriteByte
        | I2cFunctions.SmbusReadByteData | I2cFunctions.SmbusWriteByteData | I2cFunctions.SmbusReadWordData | I2cFunctions.SmbusWriteWordData;

    private const I2cFunctions Blocks = I2cFunctions.SmbusReadBlock | I2cFunctions.SmbusWriteBlock;
    private const I2cFunctions I2cBlocks = I2cFunctions.SmbusReadI2cBlock | I2cFunctions.SmbusWriteI2cBlock;
    private const I2cFunctions ProcessCalls = I2cFunctions.SmbusProcessCall | I2cFunctions.SmbusBlockProcessCall;
    private const I2cFunctions Everything = Common | Blocks | I2cBlocks | ProcessCalls;

    /// <summary>Messages are written "w0102 r2"; what is read is expected behind "=".</summary>
    [Theory]
    [InlineData(Common, "w", "Quick write 00")]
    [InlineData(Common, "r0", "Quick read 00")]
    [InlineData(Common, "r1 = 11", "Byte read 00")]
    [InlineData(Common, "w07", "Byte write 07")]
    [InlineData(Common, "w0708", "ByteData write 07 08")]
    [InlineData(Common, "w070a05", "WordData write 07 050a")]
    [InlineData(Common, "w07 r1 = 11", "ByteData read 07")]
    [InlineData(Common, "w07 r2 = 1122", "WordData read 07")]
    [InlineData(Everything, "w070a05 r2 = 1122", "ProcessCall write 07 050a")]
    [InlineData(Everything, "w0702aabb r4 = 03112233", "BlockProcessCall write 07 aabb")]
    [InlineData(I2cFunctions.SmbusBlockProcessCall, "w0701aa r4 = 03112233", "BlockProcessCall write 07 aa")]
    [InlineData(Everything, "w07 r3 = 112233", "I2cBlock read 07 3")]
    [InlineData(Blocks, "w07 r4 = 03112233", "Block read 07")]
    [InlineData(Everything, "w07aabbcc", "I2cBlock write 07 aabbcc")]
    [InlineData(Everything, "w0703aabbcc", "I2cBlock write 07 03aabbcc")]
    [InlineData(Blocks, "w0703aabbcc", "Block write 07 aabbcc")]
    [InlineData(Blocks, "w0701aa", "Block write 07 aa")]
    // What one operation is for, another can do as well when it puts the same on the wire.
    [InlineData(I2cBlocks, "w07aa", "I2cBlock write 07 aa")]
    [InlineData(I2cBlocks, "w07aabb", "I2cBlock write 07 aabb")]
    [InlineData(I2cBlocks, "w07 r1 = 11", "I2cBlock read 07 1")]
    [InlineData(I2cBlocks, "w07 r2 = 1122", "I2cBlock read 07 2")]
    public void A_transfer_has_its_operation(I2cFunctions functions, string transfer, string operation)
    {
        using FakeAdapterFile file = new(functions);
        Assert.Equal("", Run(file, functions, transfer));
        Assert.Equal(["address 50", operation], file.Calls);
    }

    [Theory]
    [InlineData(Everything, "r2")]
    [InlineData(Everything, "r3")]
    [InlineData(Everything, "w07 r0")]
    [InlineData(Everything, "w r1")]
    [InlineData(Everything, "r1 w07")]
    [InlineData(Everything, "r1 r1")]
    [InlineData(Everything, "w07 w08")]
    [InlineData(Everything, "w0708 r1")]
    [InlineData(Everything, "w07 r34")]
    [InlineData(Everything, "w07 r1 r1")]
    [InlineData(Everything, "w0708 w09 r1")]
    [InlineData(Everything, "w070809 r3")] // no process call has such an answer
    [InlineData(Common, "w07 r3")]
    [InlineData(Common, "w07aabbcc")]
    [InlineData(Common, "w070a05 r2")]
    [InlineData(Blocks, "w0704aabbcc")] // a count that is not one
    [InlineData(Blocks, "w07")]
    [InlineData(Blocks, "w07aa")]
    [InlineData(Blocks, "w07 r1")]
    [InlineData(Blocks, "w0700")]
    [InlineData(I2cBlocks, "w07")]
    [InlineData(I2cBlocks, "r1")]
    [InlineData(I2cBlocks, "w")]
    [InlineData(I2cFunctions.SmbusReadByte, "w07")]
    [InlineData(I2cFunctions.SmbusWriteByte, "r1")]
    public void What_has_no_operation_fails_and_nothing_is_sent(I2cFunctions functions, string transfer)
    {
        using FakeAdapterFile file = new(functions);
        Assert.Equal(Errno.EOPNOTSUPP.ToString(), Run(file, functions, transfer));
        Assert.Equal(["address 50"], file.Calls);
    }

    [Fact]
    public void The_longest_block_has_32_bytes()
    {
        using FakeAdapterFile file = new(Everything);
        string hex = string.Concat(Enumerable.Repeat("5a", 32));
        Assert.Equal("", Run(file, Everything, "w07" + hex));
        Assert.Equal("I2cBlock write 07 " + hex, file.Calls[^1]);
        Assert.Equal(Errno.EOPNOTSUPP.ToString(), Run(file, Everything, "w07" + hex + "5a"));
        Assert.Equal(
            "",
            Run(
                file,
                Everything,
                "w07 r32 = "
                    + string.Concat(
                        Enumerable.Range(1, 32)
                            .Select(i => ((byte)(i * 0x11)).ToString("x2", CultureInfo.InvariantCulture)))));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(0)]
    [InlineData(33)]
    [InlineData(255)]
    public void A_block_of_another_length_than_asked_for_fails(byte length)
    {
        using FakeAdapterFile file = new(Blocks | I2cFunctions.SmbusBlockProcessCall) { BlockLength = length };
        Assert.Equal(Errno.EPROTO.ToString(), Run(file, Blocks, "w07 r4"));
        Assert.Equal(Errno.EPROTO.ToString(), Run(file, Blocks | I2cFunctions.SmbusBlockProcessCall, "w0701aa r4"));
    }

    [Theory]
    [InlineData("w")]
    [InlineData("r1")]
    [InlineData("w07 r1")]
    [InlineData("w07 r2")]
    [InlineData("w07 r3")]
    [InlineData("w070a05 r2")]
    [InlineData("w0701aa r4")]
    [InlineData("w0708")]
    public void What_the_kernel_says_is_passed_on(string transfer)
    {
        using FakeAdapterFile file = new(Everything) { SmbusFailsWith = Errno.ETIMEDOUT };
        Assert.Equal(Errno.ETIMEDOUT.ToString(), Run(file, Everything, transfer));
    }

    [Fact]
    public void The_address_is_set_when_it_changes_and_again_after_a_failure()
    {
        using FakeAdapterFile file = new(Common);
        using LinuxI2cBus bus = new("i2c-9", file, Common, [(0x50, false), (0x51, false), (0x151, true)]);
        byte b = 1;
        I2cMessage at50 = new() { Address = 0x50, Length = 1, Buffer = &b };
        I2cMessage at51 = at50 with { Address = 0x51 };
        I2cMessage ten = at50 with { Address = 0x151, Flags = I2cMessageFlags.TenBit };
        Assert.Equal(1, bus.Transfer([at50], out _));
        Assert.Equal(1, bus.Transfer([at50], out _));
        Assert.Equal(1, bus.Transfer([at51], out _));
        Assert.Equal(1, bus.Transfer([ten], out _));
        file.AddressFailsWith = Errno.EBUSY;
        Assert.Equal(0, bus.Transfer([at50], out Errno errno));
        Assert.Equal(Errno.EBUSY, errno);
        file.AddressFailsWith = Errno.Success;
        Assert.Equal(1, bus.Transfer([ten], out _));
        Assert.Equal(
            ["50", "51", "t151", "50", "t151"],
            file.Calls.Where(c => c.StartsWith("address", StringComparison.Ordinal)).Select(c => c[8..]));
        // One operation has one address.
        Assert.Equal(0, bus.Transfer([at50, at51 with { Flags = I2cMessageFlags.Read }], out errno));
        Assert.Equal(Errno.EOPNOTSUPP, errno);
    }

    [Fact]
    public void Plain_transfers_go_out_as_they_are()
    {
        using FakeAdapterFile file = new(I2cFunctions.I2c | Everything);
        using LinuxI2cBus bus = new("i2c-9", file, I2cFunctions.I2c | Everything, [(0x50, false)]);
        Assert.Equal(3, bus.Transfer(new I2cMessage[3], out Errno errno));
        Assert.Equal(Errno.Success, errno);
        file.SmbusFailsWith = Errno.ENXIO;
        Assert.Equal(0, bus.Transfer(new I2cMessage[2], out errno));
        Assert.Equal(Errno.ENXIO, errno);
        Assert.Equal(["rdwr 3", "rdwr 2"], file.Calls);
    }

    /// <summary>Makes a transfer with 0x50 and compares what was read.</summary>
    /// <returns>The error; empty when there was none.</returns>
    private static string Run(FakeAdapterFile file, I2cFunctions functions, string text)
    {
        using LinuxI2cBus bus = new("i2c-9", file, functions, [(0x50, false)]);
        string[] sides = text.Split(" = ");
        string[] words = sides[0].Split(' ');
        I2cMessage[] messages = new I2cMessage[words.Length];
        byte[][] buffers = new byte[words.Length][];
        for (int i = 0; i < words.Length; i++)
        {
            bool read = words[i][0] == 'r';
            byte[] bytes = read ? new byte[int.Parse(words[i].AsSpan(1), CultureInfo.InvariantCulture)] : Convert.FromHexString(words[i].AsSpan(1));
            buffers[i] = GC.AllocateArray<byte>(bytes.Length + 1, pinned: true);
            bytes.CopyTo(buffers[i], 0);
            fixed (byte* p = buffers[i])
                messages[i] = new I2cMessage { Address = 0x50, Flags = read ? I2cMessageFlags.Read : 0, Length = (ushort)bytes.Length, Buffer = p };
        }

        int done = bus.Transfer(messages, out Errno errno);
        Assert.Equal(errno.IsSuccess ? messages.Length : 0, done);
        if (sides.Length > 1)
            Assert.Equal(sides[1], Convert.ToHexStringLower(messages[^1].Data));
        return errno.IsSuccess ? "" : errno.ToString();
    }
}
