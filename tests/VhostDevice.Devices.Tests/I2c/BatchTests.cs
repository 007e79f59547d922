// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Collections.Concurrent;
using System.Diagnostics;
using VhostDevice.Devices.I2c;
using VhostDevice.TestKit;
using Xunit;

namespace VhostDevice.Devices.Tests.I2c;

/// <summary>Transfers on a bus that may wait go to its thread together, and stay on the loop while they are quick.</summary>
[Collection(DeviceCollection.Name)]
public sealed class BatchTests : LeakChecked
{
    [Fact]
    public void A_quick_bus_is_used_on_the_loop_until_it_is_slow_once()
    {
        using TestBus bus = I2cFixture.Memories(mayBlock: true);
        using I2cFixture f = new(bus);
        int loop = f.BackEnd.Thread.Invoke(static () => Environment.CurrentManagedThreadId);
        BecomeQuick(f, bus, loop);

        bus.Takes = TimeSpan.FromMilliseconds(2);
        Assert.True(f.Guest.Run(f.Guest.Write(0x50, [1, 2]))[0].IsOk);
        for (int i = 0; i < 20; i++)
        {
            Assert.True(f.Guest.Run(f.Guest.Write(0x50, [1, 2]))[0].IsOk);
            Assert.NotEqual(loop, bus.LastThread);
        }

        bus.Takes = TimeSpan.Zero;
        BecomeQuick(f, bus, loop);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Many_transfers_are_made_in_order_and_answered_in_order(bool quick)
    {
        using TestBus bus = I2cFixture.Memories(mayBlock: true);
        using I2cFixture f = new(bus);
        if (quick)
            BecomeQuick(f, bus, f.BackEnd.Thread.Invoke(static () => Environment.CurrentManagedThreadId));
        int before = bus.Transfers.Count;
        // More than a batch, with transfers of several messages, and bad and foreign ones in between.
        List<ushort> ids = [];
        List<bool> good = [];
        for (int i = 0; i < 60; i++)
        {
            bool foreign = i % 7 == 3;
            if (i % 5 == 0)
            {
                ids.Add(f.Guest.Write(0x50, [(byte)i], more: true));
                good.Add(true);
            }

            ids.Add(f.Guest.Write(foreign ? 0x33 : 0x51, [(byte)i]));
            good.Add(!foreign);
        }

        Assert.Equal(good, f.Guest.Run([.. ids]).Select(a => a.IsOk));
        IEnumerable<string> expected = Enumerable.Range(0, 60)
            .Select(i => $"{(i % 5 == 0 ? $"w50:{i:x2} " : "")}{(i % 7 == 3 ? "" : $"w51:{i:x2}")}".Trim())
            .Where(t => t.Length > 0);
        Assert.Equal(expected, bus.Transfers.Skip(before));
    }

    [Fact]
    public void A_slow_transfer_behind_does_not_hold_up_an_answer()
    {
        using TestBus bus = I2cFixture.Memories(mayBlock: true);
        using I2cFixture f = new(bus);
        bus.IsGated = true;
        ushort[] ids = [.. Enumerable.Range(0, 3).Select(i => f.Guest.Write(0x50, [(byte)i]))];
        f.Guest.Submit();
        for (int i = 0; i < ids.Length; i++)
        {
            f.BackEnd.Thread.Until(() => bus.Transfers.Count == i + 1, "the transfer");
            // It is a slow one.
            for (long begun = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(begun) < TimeSpan.FromMilliseconds(1);)
                Thread.SpinWait(10);
            bus.LetOneGo();
            Assert.True(f.Guest.Answer(ids[i]).IsOk);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Transfers_on_several_buses_are_made_in_the_order_of_the_ring(bool slow)
    {
        ConcurrentQueue<string> journal = new();
        using TestBus one = new("i2c-one", mayBlock: true, (0x10, false)) { Journal = journal };
        using TestBus two = new("i2c-two", mayBlock: true, (0x20, false)) { Journal = journal };
        using TestBus three = new("i2c-three", mayBlock: false, (0x30, false)) { Journal = journal };
        one.Takes = two.Takes = TimeSpan.FromTicks(slow ? 1000 : 0);
        using I2cFixture f = new(one, two, three);
        int[] addresses = [0x10, 0x10, 0x20, 0x30, 0x10, 0x20, 0x20, 0x30, 0x30, 0x10];
        for (int round = 0; round < 5; round++)
        {
            journal.Clear();
            Assert.All(f.Guest.Run([.. addresses.Select(a => f.Guest.Write(a, [1]))]), a => Assert.True(a.IsOk));
            Assert.Equal(addresses.Select(a => $"w{a:x2}:01"), journal);
        }
    }

    [Fact]
    public void Long_messages_are_as_good_as_short_ones()
    {
        using TestBus bus = I2cFixture.Memories(mayBlock: true);
        using I2cFixture f = new(bus);
        byte[] Pattern(int length, int seed) => [.. Enumerable.Range(0, length).Select(i => (byte)(i == 0 ? 0 : i + seed))];
        ushort[] ids =
        [
            f.Guest.Write(0x50, Pattern(257, 1)), f.Guest.ReadFrom(0x50, 257),
            f.Guest.Write(0x51, Pattern(257, 2), more: true), f.Guest.ReadFrom(0x50, 300, more: true), f.Guest.ReadFrom(0x51, 256),
            f.Guest.Write(0x50, [0]), f.Guest.ReadFrom(0x50, 257),
        ];
        I2cAnswer[] answers = f.Guest.Run(ids);
        Assert.All(answers, a => Assert.True(a.IsOk));
        Assert.Equal(Pattern(257, 1)[1..], answers[1].Data[..256]);
        Assert.Equal(Pattern(257, 2)[1..], answers[4].Data);
        Assert.Equal(Pattern(257, 1)[1..], answers[6].Data[..256]);
    }

    [Fact]
    public void What_has_not_begun_fails_when_requests_are_cancelled()
    {
        using TestBus bus = I2cFixture.Memories(mayBlock: true);
        using TestBus other = new("i2c-other", mayBlock: true, (0x20, false));
        using I2cFixture f = new(bus, other);
        bus.IsGated = true;
        ushort[] ids = [f.Guest.Write(0x50, [1]), f.Guest.Write(0x50, [2]), f.Guest.Write(0x20, [3])];
        f.Guest.Submit();
        f.BackEnd.Thread.Until(() => bus.Transfers.Count == 1, "the transfer");
        I2cDevice device = f.BackEnd.Device;
        f.BackEnd.Thread.Invoke(() => device.CancelRequests(null!));
        bus.LetOneGo();
        Assert.Equal([true, false, false], ids.Select(id => f.Guest.Answer(id).IsOk));
        Assert.Equal(["w50:01"], bus.Transfers);
        Assert.Equal([], other.Transfers);
        bus.IsGated = false;
        Assert.True(f.Guest.Run(f.Guest.Write(0x20, [4]))[0].IsOk);
    }

    private static void BecomeQuick(I2cFixture f, TestBus bus, int loop)
    {
        // How many it takes depends on how busy the machine is.
        long end = Environment.TickCount64 + (long)LoopThread.Patience.TotalMilliseconds;
        do
        {
            Assert.True(Environment.TickCount64 < end, "the bus does not come to the loop");
            Assert.True(f.Guest.Run(f.Guest.Write(0x50, [1, 2]))[0].IsOk);
        }
        while (bus.LastThread != loop);
    }
}
