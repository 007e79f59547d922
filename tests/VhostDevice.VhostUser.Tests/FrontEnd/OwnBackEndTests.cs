// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.VhostUser.Wire;
using VhostDevice.Virtio;
using Xunit;

namespace VhostDevice.VhostUser.Tests.FrontEnd;

/// <summary>Front-end client and back-end of this project together: requests of every shape, in every way to notify.</summary>
public sealed class OwnBackEndTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData(QueueNotifications.EventFds, true, false)]
    [InlineData(QueueNotifications.EventFds, false, false)]
    [InlineData(QueueNotifications.KickOnly, true, false)]
    [InlineData(QueueNotifications.KickOnly, false, false)]
    [InlineData(QueueNotifications.InBand, true, false)]
    [InlineData(QueueNotifications.InBand, false, false)]
    [InlineData(QueueNotifications.EventFds, true, true)]
    [InlineData(QueueNotifications.EventFds, false, true)]
    [InlineData(QueueNotifications.KickOnly, true, true)]
    [InlineData(QueueNotifications.KickOnly, false, true)]
    [InlineData(QueueNotifications.InBand, true, true)]
    [InlineData(QueueNotifications.InBand, false, true)]
    public void Requests_of_every_shape(QueueNotifications notifications, bool eventIdx, bool packed)
    {
        using EchoServer server = new();
        using FrontEndDevice device = FrontEndDevice.Attach(server.Connection, new FrontEndDeviceOptions
        {
            Notifications = notifications,
            QueueSizes = packed ? [16, 7] : [16, 8],
            RingBase = packed ? 0x0005u : 0xfffc,
            Features = (new FrontEndDeviceOptions().Features & ~(eventIdx ? 0 : VirtioFeatures.EventIdx)) | (packed ? VirtioFeatures.RingPacked : 0),
        });
        Assert.Equal(packed, device.IsPacked);
        Assert.Equal(eventIdx, device.Queues[0].EventIdx);
        for (int i = 0; i < 100; i++)
            Exchange(device.Queues[i & 1], i);
    }

    [Fact]
    public void Stop_restart_reset()
    {
        using EchoServer server = new();
        using FrontEndDevice device = FrontEndDevice.Attach(server.Connection, new FrontEndDeviceOptions { QueueSizes = [8, 8], RingBase = 0xffff });
        Exchange(device.Queues[0], 1);
        Exchange(device.Queues[0], 2);
        Assert.Equal([1u, 0xffffu], device.Stop());
        device.Start();
        Exchange(device.Queues[0], 3);
        Exchange(device.Queues[1], 4);
        device.Reset();
        device.Start();
        Exchange(device.Queues[0], 5);
        Assert.Equal([0u, 0xffffu], device.Stop());
    }

    [Fact]
    public void Requests_added_while_the_ring_is_stopped_are_served_at_its_start()
    {
        using EchoServer server = new();
        using FrontEndDevice device = FrontEndDevice.Attach(server.Connection);
        device.Stop();
        DriverQueue queue = device.Queues[0];
        ulong buffer = device.Memory.Allocate(64);
        queue.Add(DriverBuffer.Readable(buffer, 32), DriverBuffer.Writable(buffer + 32, 32));
        queue.Publish();
        device.Start();
        Assert.True(queue.WaitForUsed(s_patience));
        Assert.True(queue.TryPop(out UsedChain used));
        Assert.Equal(32u, used.Length);
    }

    [Fact]
    public void Config_space()
    {
        using EchoServer server = new();
        using FrontEndDevice device = FrontEndDevice.Attach(server.Connection);
        Assert.Equal([1, 2, 3, 4, 0, 0, 0, 0], device.ReadConfig(0, 8));
        Assert.True(device.Connection.SetConfig(1, [9, 8]).IsPositive);
        Assert.Equal([9, 8], device.ReadConfig(1, 2));
        server.Post(() => server.Device.ChangeConfig());
        Assert.True(device.Connection.BackEndChannel!.TryReceive(s_patience, out ReceivedMessage? change));
        using (change)
            Assert.Equal((uint)BackEndRequest.ConfigChangeMsg, change!.Header.Request);
        Assert.Equal([2], device.ReadConfig(0, 1));
    }

    [Fact]
    public void Memory_hot_plug()
    {
        using EchoServer server = new();
        using FrontEndDevice device = FrontEndDevice.Attach(server.Connection);
        FrontEndRegion added = device.Memory.AddRegion(new RegionLayout(0x1_0000_0000, 1 << 20, UserAddress: 0x7000_0000_0000, MmapOffset: 0x2345));
        device.UpdateMemory();
        DriverQueue queue = device.Queues[0];
        device.Memory.Write(added.GuestAddress, [1, 2, 3]);
        queue.Add(DriverBuffer.Readable(added.GuestAddress, 3), DriverBuffer.Writable(added.GuestAddress + 100, 3));
        queue.Submit();
        Assert.True(queue.WaitForUsed(s_patience));
        Assert.True(queue.TryPop(out _));
        Assert.Equal([1, 2, 3], device.Memory.Span(added.GuestAddress + 100, 3).ToArray());
        device.Memory.RemoveRegion(added);
        device.UpdateMemory();
        Exchange(queue, 7);
    }

    [Fact]
    public void Broken_ring_is_reported()
    {
        using EchoServer server = new();
        using FrontEndDevice device = FrontEndDevice.Attach(server.Connection, new FrontEndDeviceOptions { QueueSizes = [16, 16] });
        unsafe
        {
            Volatile.Write(ref *device.Split(0).AvailableIndex, 1000);
        }

        device.Queues[0].Kick();
        Assert.True(device.Queues[0].Notifier!.WaitForError(s_patience));
        // The other ring goes on.
        Exchange(device.Queues[1], 1);
    }

    [Fact]
    public void Probe()
    {
        using EchoServer server = new();
        ProbeResult result = BackEndProbe.Run(server.Connection);
        Assert.Null(result.Problem);
        Assert.Equal((2UL, 0UL, 256), (result.QueueCount!.Value, result.Status!.Value, result.Config!.Length));
        // Nothing of the probe stays: the same back-end serves.
        using FrontEndDevice device = FrontEndDevice.Attach(server.Connection);
        Exchange(device.Queues[0], 3);
    }

    private static void Exchange(DriverQueue queue, int seed)
    {
        Random random = new(seed);
        int length = random.Next(1, 2000);
        ulong source = queue.Memory.Allocate((ulong)length);
        ulong target = queue.Memory.Allocate((ulong)length);
        byte[] content = new byte[length];
        random.NextBytes(content);
        queue.Memory.Write(source, content);

        List<DriverBuffer> pieces = [];
        Cut(pieces, source, length, writable: false, random);
        Cut(pieces, target, length, writable: true, random);
        ReadOnlySpan<DriverBuffer> all = pieces.ToArray();
        int direct = random.Next(0, pieces.Count + 1);
        ushort id = queue.AddMixed(all[..direct], all[direct..]);
        queue.Submit();
        Assert.True(queue.WaitForUsed(s_patience));
        Assert.True(queue.TryPop(out UsedChain used));
        Assert.Equal(new UsedChain(id, (uint)length), used);
        Assert.Equal(content, queue.Memory.Span(target, length).ToArray());
        queue.Memory.Free(source);
        queue.Memory.Free(target);
    }

    private static void Cut(List<DriverBuffer> pieces, ulong address, int length, bool writable, Random random)
    {
        for (int i = 0; length > 0; i++)
        {
            int piece = i == 2 ? length : random.Next(1, length + 1);
            pieces.Add(new DriverBuffer(address, (uint)piece, writable));
            address += (ulong)piece;
            length -= piece;
        }
    }
}
