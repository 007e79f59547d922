// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;
using Xunit;

namespace VhostDevice.Devices.Tests.HostSides;

/// <summary>What a host side has for its guest finds its way as soon as the driver has a buffer for it.</summary>
[Collection(DeviceCollection.Name)]
public sealed class GuestMailboxTests : LeakChecked
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_comes_is_sent_at_once_while_there_are_buffers(bool packed)
    {
        using TestBackEnd<TickingDevice> backEnd = new(() => new TickingDevice(), loops: 1);
        using FrontEndDevice guest = backEnd.Attach(packed ? TestOptions.Small.Packed() : TestOptions.Small);
        Queue<(ushort Id, ulong At)> buffers = new(Enumerable.Range(0, 8).Select(_ => guest.Post(0, 4)));
        for (uint i = 100; i < 150; i++)
        {
            Assert.True(backEnd.Device.Mailbox.Items.TryAdd(i)); // from this thread
            Assert.Equal(i, Taken(guest, buffers.Dequeue()));
            buffers.Enqueue(guest.Post(0, 4));
        }

        Assert.False(guest.Queues[0].HasUsed);
    }

    [Fact]
    public void What_comes_without_buffers_waits_for_them_and_no_longer()
    {
        using TestBackEnd<TickingDevice> backEnd = new(() => new TickingDevice(), loops: 1);
        using FrontEndDevice guest = backEnd.Attach();
        TickingDevice device = backEnd.Device;
        Assert.Equal(
            [true, true, true, true, false],
            backEnd.With(static d => Enumerable.Range(1, 5).Select(i => d.Mailbox.Items.TryAdd((uint)i)).ToArray()));
        backEnd.Settle();
        Assert.Equal(1u, Taken(guest, guest.Post(0, 4)));
        Assert.Equal(2u, Taken(guest, guest.Post(0, 4)));
        backEnd.Until(static d => d.RoomAgain == 1, "the word that there is room");
        Assert.True(device.Mailbox.Items.TryAdd(6));
        (ushort, ulong)[] buffers = [guest.Post(0, 4), guest.Post(0, 4), guest.Post(0, 4), guest.Post(0, 4)];
        Assert.Equal([3u, 4u, 6u], buffers[..3].Select(b => Taken(guest, b)));
        // The fourth was not taken for nothing.
        Assert.True(device.Mailbox.Items.TryAdd(7));
        Assert.Equal(7u, Taken(guest, buffers[3]));
    }

    [Fact]
    public void Where_the_newest_counts_the_oldest_is_dropped()
    {
        using TestBackEnd<TickingDevice> backEnd = new(() => new TickingDevice(dropsOldest: true), loops: 1);
        using FrontEndDevice guest = backEnd.Attach();
        TickingDevice device = backEnd.Device;
        backEnd.With(static d =>
        {
            for (uint i = 1; i <= 10; i++)
                Assert.True(d.Mailbox.Items.TryAdd(i));
        });
        Assert.Equal([7u, 8u, 9u, 10u], Enumerable.Range(0, 4).Select(_ => Taken(guest, guest.Post(0, 4))));
        Assert.Equal(6ul, device.Mailbox.Items.Dropped);
    }

    [Fact]
    public void A_buffer_that_is_too_small_or_a_mistake_costs_what_should_have_gone_there()
    {
        using TestBackEnd<TickingDevice> backEnd = new(() => new TickingDevice(), loops: 1);
        using FrontEndDevice guest = backEnd.Attach();
        (ushort Id, ulong At)[] buffers = [guest.Post(0, 3), guest.Post(0, 4), guest.Post(0, 4)];
        Assert.True(backEnd.Device.Mailbox.Items.TryAddAll([1, TickingDevice.Unlucky, 3]));
        Assert.Equal(
            [(buffers[0].Id, 0u), (buffers[1].Id, 0u)],
            Enumerable.Range(0, 2).Select(_ => guest.Queues[0].Take()).Select(u => (u.Id, u.Length)));
        Assert.Equal(3u, Taken(guest, buffers[2]));
        Assert.Contains("bad luck", backEnd.Log.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_pause_keeps_what_waits_and_a_new_driver_does_not_get_it(bool isReset)
    {
        using TestBackEnd<TickingDevice> backEnd = new(() => new TickingDevice(), loops: 1);
        using FrontEndDevice guest = backEnd.Attach();
        TickingDevice device = backEnd.Device;
        Assert.True(device.Mailbox.Items.TryAdd(1));
        Assert.Equal(1u, Taken(guest, guest.Post(0, 4)));
        Assert.True(device.Mailbox.Items.TryAdd(2));
        backEnd.Settle();
        guest.Stop();
        // Nobody is there.
        Assert.True(device.Mailbox.Items.TryAdd(3));
        backEnd.Settle();
        if (isReset)
            guest.Reset();
        guest.Start();
        backEnd.Settle();
        Assert.True(device.Mailbox.Items.TryAdd(4));
        uint[] expected = isReset ? [4] : [2, 3, 4];
        Assert.Equal(expected, expected.Select(_ => Taken(guest, guest.Post(0, 4))));
    }

    private static uint Taken(FrontEndDevice guest, (ushort Id, ulong At) buffer)
    {
        UsedChain used = guest.Queues[0].Take();
        Assert.Equal((buffer.Id, 4u), (used.Id, used.Length));
        byte[] bytes = new byte[4];
        guest.Memory.Read(buffer.At, bytes);
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }
}
