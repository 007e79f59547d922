// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Net.Sockets;
using VhostDevice.Devices.Vsock;
using VhostDevice.TestKit;
using VhostDevice.TestKit.Vsock;
using Xunit;


namespace VhostDevice.Devices.Tests.Vsock;

/// <summary>Very many connections, at once and one after the other.</summary>
[Collection(DeviceCollection.Name)]
public sealed class ManyConnectionsTests : VsockTests
{
    private const int Open = 4000;
    private const int Short = 20_000;

    /// <summary>As many as the descriptors of a test's process allow: it holds both ends. lab and bench have 10 000.</summary>
    [Fact]
    public void Thousands_are_open_at_once_and_each_has_its_own_data()
    {
        using VsockFixture fixture = new();
        using Socket listener = fixture.Listen(1);
        Socket[] hosts = new Socket[Open];
        VsockConnection[] guests = new VsockConnection[Open];
        for (uint i = 0; i < Open; i++)
        {
            VsockConnection guest = guests[i] = new(fixture.Driver, 10_000 + i, VsockCid.Host, 1);
            guest.Send(VsockOp.Request);
            hosts[i] = fixture.Accept(listener);
            guest.Expect(VsockOp.Response);
        }

        Assert.Equal(Open, fixture.ConnectionCount);
        for (int i = 0; i < Open; i += 7)
        {
            guests[i].Write(BitConverter.GetBytes(i));
            Assert.Equal(i, BitConverter.ToInt32(VsockFixture.Read(hosts[i], 4)));
            VsockFixture.Send(hosts[i], BitConverter.GetBytes(~i));
            Assert.Equal(~i, BitConverter.ToInt32(guests[i].Expect(VsockOp.ReadWrite).Data));
        }
    }

    /// <summary>The same as a command for a million: bench's "connect" scenario counts the daemon's memory.</summary>
    [Fact]
    public void Short_ones_leave_nothing_behind()
    {
        using VsockFixture fixture = new();
        using Socket listener = fixture.Listen(1);
        Run(fixture, listener, 500);
        long allocated = fixture.BackEnd.Thread.Invoke(static () => GC.GetAllocatedBytesForCurrentThread());
        Run(fixture, listener, Short);
        allocated = fixture.BackEnd.Thread.Invoke(static () => GC.GetAllocatedBytesForCurrentThread()) - allocated;
        Assert.Equal(0, fixture.ConnectionCount);
        // Less than a byte each: what the two looks cost.
        Assert.InRange(allocated, 0, Short);
    }

    [Fact]
    public void Short_ones_between_guests_leave_nothing_behind()
    {
        using LoopThread loop = new();
        VsockHub hub = new();
        using VsockFixture a = new(shared: loop, hub: hub, cid: 3);
        using VsockFixture b = new(shared: loop, hub: hub, cid: 4);
        Run(a, b, 500);
        long allocated = loop.Invoke(static () => GC.GetAllocatedBytesForCurrentThread());
        Run(a, b, Short);
        allocated = loop.Invoke(static () => GC.GetAllocatedBytesForCurrentThread()) - allocated;
        Assert.Equal(0, a.ConnectionCount + b.ConnectionCount);
        Assert.InRange(allocated, 0, Short);
    }

    private static void Run(VsockFixture a, VsockFixture b, int count)
    {
        for (uint i = 0; i < count; i++)
        {
            VsockConnection atA = new(a.Driver, 10_000 + i, b.Driver.Cid, 1);
            VsockConnection atB = new(b.Driver, 1, a.Driver.Cid, 10_000 + i);
            atA.Send(VsockOp.Request);
            atB.Expect(VsockOp.Request);
            // Every second one is refused; the others carry a byte and are closed by either side.
            if (i % 2 == 0)
            {
                atB.Send(VsockOp.Response);
                atA.Expect(VsockOp.Response);
                atA.Write("x"u8);
                atB.Expect(VsockOp.ReadWrite);
            }

            (i % 4 == 0 ? atA : atB).Send(VsockOp.Reset);
            (i % 4 == 0 ? atB : atA).Expect(VsockOp.Reset);
        }
    }

    private static void Run(VsockFixture fixture, Socket listener, int count)
    {
        for (uint i = 0; i < count; i++)
        {
            VsockConnection guest = new(fixture.Driver, 10_000 + i, VsockCid.Host, 1);
            guest.Send(VsockOp.Request);
            using Socket host = listener.Accept();
            guest.Expect(VsockOp.Response);
            guest.Write("x"u8);
            guest.Send(VsockOp.Shutdown, VsockFlags.ShutdownBoth);
            guest.Expect(VsockOp.Reset);
        }
    }
}
