// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.I2c;
using VhostDevice.Linux;
using VhostDevice.TestKit;
using Xunit;

namespace VhostDevice.Devices.Tests.I2c;

/// <summary>What reaches the bus, and what of it comes back; on buses that answer at once and on those that may wait.</summary>
[Collection(DeviceCollection.Name)]
public sealed class TransferTests : LeakChecked
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_write_and_a_read_are_one_transfer(bool mayBlock)
    {
        using TestBus bus = I2cFixture.Memories(mayBlock);
        using I2cFixture f = new(bus);
        for (int i = 0; i < 8; i++)
            bus[0x50][0x10 + i] = (byte)(0xa0 + i);
        I2cAnswer[] answers = f.Guest.Run(f.Guest.Write(0x50, [0x10], more: true), f.Guest.ReadFrom(0x50, 8));
        Assert.Equal(["w50:10 r50:8"], bus.Transfers);
        Assert.Equal((0, 1u), answers[0].Said);
        Assert.Equal((0, 9u), answers[1].Said);
        Assert.Equal(new byte[] { 0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7 }, answers[1].Data);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Requests_that_are_not_linked_are_transfers_of_their_own(bool mayBlock)
    {
        using TestBus bus = I2cFixture.Memories(mayBlock);
        using I2cFixture f = new(bus);
        ushort[] ids = [f.Guest.Write(0x50, [1, 2]), f.Guest.Write(0x51, [3, 4]), f.Guest.ReadFrom(0x51, 2)];
        Assert.All(f.Guest.Run(ids), a => Assert.True(a.IsOk));
        Assert.Equal(["w50:0102", "w51:0304", "r51:2"], bus.Transfers);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_transfer_may_address_several_peripherals(bool mayBlock)
    {
        using TestBus bus = I2cFixture.Memories(mayBlock);
        using I2cFixture f = new(bus);
        bus[0x51][7] = 0x77;
        ushort[] ids =
        [
            f.Guest.Write(0x50, [0, 9], more: true), f.Guest.Write(0x51, [7], more: true),
            f.Guest.ReadFrom(0x51, 1, more: true), f.Guest.Write(0x50, [1, 8]),
        ];
        I2cAnswer[] answers = f.Guest.Run(ids);
        Assert.All(answers, a => Assert.True(a.IsOk));
        Assert.Equal(new byte[] { 0x77 }, answers[2].Data);
        Assert.Equal(["w50:0009 w51:07 r51:1 w50:0108"], bus.Transfers);
        Assert.Equal(new byte[] { 9, 8 }, bus[0x50][..2]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Messages_without_bytes_reach_the_bus(bool mayBlock)
    {
        using TestBus bus = I2cFixture.Memories(mayBlock);
        using I2cFixture f = new(bus);
        I2cAnswer[] answers = f.Guest.Run(f.Guest.Write(0x50, []), f.Guest.ReadFrom(0x51, 0));
        Assert.Equal(["w50:", "r51:0"], bus.Transfers);
        Assert.All(answers, a => Assert.Equal((0, 1u), a.Said));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_longest_message_and_the_longest_transfer_go_through(bool mayBlock)
    {
        using TestBus bus = I2cFixture.Memories(mayBlock);
        using I2cFixture f = new(bus);
        byte[] bytes = [.. Enumerable.Range(0, I2cMessage.MaxLength).Select(i => (byte)(i * 7))];
        Assert.True(f.Guest.Run(f.Guest.Write(0x50, bytes))[0].IsOk);
        I2cAnswer read = f.Guest.Run(f.Guest.ReadFrom(0x50, I2cMessage.MaxLength))[0];
        Assert.Equal((0, (uint)(I2cMessage.MaxLength + 1)), read.Said);
        Assert.Equal("w50:" + Convert.ToHexStringLower(bytes), bus.Transfers[0]);
        Assert.Equal(bus[0x50], read.Data[1..257]); // the pointer stood at the memory's last byte

        ushort[] ids =
        [
            .. Enumerable.Range(0, I2cMessage.MaxMessages)
                .Select(i => f.Guest.Write(0x50, [(byte)i, 1], more: i < I2cMessage.MaxMessages - 1)),
        ];
        Assert.All(f.Guest.Run(ids), a => Assert.True(a.IsOk));
        Assert.Equal(I2cMessage.MaxMessages, bus.Transfers[^1].Split(' ').Length);
    }

    [Fact]
    public void A_bus_that_may_wait_is_used_on_its_own_thread()
    {
        using TestBus slow = I2cFixture.Memories(mayBlock: true, "i2c-slow");
        using TestBus quick = new("i2c-quick", mayBlock: false, (0x20, false));
        using I2cFixture f = new(slow, quick);
        int loop = f.BackEnd.Thread.Invoke(static () => Environment.CurrentManagedThreadId);
        for (int i = 0; i < 3; i++)
            Assert.True(f.Guest.Run(f.Guest.Write(0x50, [1, 2]))[0].IsOk && f.Guest.Run(f.Guest.Write(0x20, [1, 2]))[0].IsOk);
        Assert.DoesNotContain(loop, slow.Threads);
        Assert.Single(slow.Threads);
        Assert.Equal([loop], quick.Threads);
    }

    [Fact]
    public void A_bus_that_waits_does_not_keep_another_guest_waiting()
    {
        using TestBus slow = I2cFixture.Memories(mayBlock: true, "i2c-slow");
        using TestBus other = new("i2c-other", mayBlock: true, (0x20, false));
        using I2cFixture f = new(slow, other);
        slow.IsGated = true;
        ushort first = f.Guest.Write(0x50, [1, 2]);
        f.Guest.Submit();
        f.BackEnd.Thread.Until(() => slow.Transfers.Count == 1, "the slow bus");
        // The loop is free meanwhile, and so is the other bus.
        using (TestBackEnd<I2cDevice> second = new(() => new I2cDevice(f.Set, new I2cStatistics(f.Set), f.Log)))
        {
            I2cGuest guest = new(second.Attach(I2cFixture.Options));
            Assert.True(guest.Run(guest.Write(0x20, [5, 6]))[0].IsOk);
            guest.Front.Dispose();
            second.WaitForConnections(0);
        }

        f.BackEnd.Thread.AssertIdle();
        slow.LetOneGo();
        Assert.True(f.Guest.Answer(first).IsOk);
    }

    [Fact]
    public void Transfers_are_made_in_the_order_of_the_ring()
    {
        using TestBus slow = I2cFixture.Memories(mayBlock: true, "i2c-slow");
        using TestBus quick = new("i2c-quick", mayBlock: false, (0x20, false));
        using I2cFixture f = new(slow, quick);
        slow.IsGated = true;
        ushort[] ids = [f.Guest.Write(0x50, [1, 2]), f.Guest.Write(0x20, [3, 4]), f.Guest.Write(0x51, [5, 6])];
        f.Guest.Submit();
        f.BackEnd.Thread.Until(() => slow.Transfers.Count == 1, "the first transfer");
        Assert.Equal([], quick.Transfers);
        slow.LetOneGo();
        slow.LetOneGo();
        Assert.All(ids.Select(f.Guest.Answer), a => Assert.True(a.IsOk));
        Assert.Equal(["w50:0102", "w51:0506"], slow.Transfers);
        Assert.Equal(["w20:0304"], quick.Transfers);
    }

    [Fact]
    public void Ten_bit_addresses_have_their_own_form()
    {
        using TestBus bus = new("i2c-test", mayBlock: false, (0x123, true), (0x23, false), (0x079, false));
        using I2cFixture f = new(bus);
        bus.TenBit(0x123)[0] = 0x55;
        // A7..A0 in the upper byte; 11110, A9, A8, 0 in the lower (virtio 1.3 §5.16.6.1).
        byte[] header = [0xf0 | (0x1 << 1), 0x23, 0, 0, 2, 0, 0, 0];
        I2cAnswer answer = f.Guest.Run(f.Guest.Add(header, [8], [1, 1]))[0];
        Assert.True(answer.IsOk);
        Assert.Equal(new byte[] { 0x55 }, answer.Data);
        // The reserved 7-bit address 0x79 looks like 10-bit address 0x100 and is served where nobody has that.
        Assert.True(f.Guest.Run(f.Guest.ReadFrom(0x79, 1))[0].IsOk);
        Assert.Equal(["rt123:1", "r79:1"], bus.Transfers);
    }

    [Fact]
    public void Everything_is_counted_by_address_and_by_bus()
    {
        using TestBus bus = I2cFixture.Memories();
        using TestBus other = new("i2c-other", mayBlock: false, (0x20, false));
        using I2cFixture f = new(bus, other);
        f.Guest.Run(f.Guest.Write(0x50, [1, 2, 3], more: true), f.Guest.ReadFrom(0x51, 5));
        f.Guest.Run(f.Guest.Write(0x33, [1]), f.Guest.Write(0x20, [1]));
        bus.FailAt = 1;
        f.Guest.Run(f.Guest.Write(0x50, [1], more: true), f.Guest.ReadFrom(0x50, 4));
        f.BackEnd.Settle();
        Assert.Equal(["0x50", "0x51", "0x20"], f.Set.Targets.Select(t => t.ToString()));
        Assert.Equal(3ul, f.Statistics.Transfers);
        Assert.Equal(1ul, f.Statistics.UnknownAddress);
        Assert.Equal(new I2cCounters { Messages = 2, Errors = 1, BytesWritten = 4 }, f.Statistics.Targets[0]);
        Assert.Equal(new I2cCounters { Messages = 1, BytesRead = 5 }, f.Statistics.Targets[1]);
        Assert.Equal(new I2cCounters { Messages = 3, Errors = 1, BytesWritten = 4, BytesRead = 5 }, f.Statistics.OfBus(0));
        Assert.Equal(new I2cCounters { Messages = 1, BytesWritten = 1 }, f.Statistics.OfBus(1));
    }
}
