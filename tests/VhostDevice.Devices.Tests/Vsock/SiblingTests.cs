// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Vsock;
using VhostDevice.TestKit;
using VhostDevice.TestKit.Vsock;
using Xunit;

namespace VhostDevice.Devices.Tests.Vsock;

/// <summary>Guests of one process that connect to each other.</summary>
[Collection(DeviceCollection.Name)]
public sealed class SiblingTests : VsockTests
{
    [Fact]
    public void Guests_talk_and_packets_are_cut_to_the_receivers_buffers()
    {
        using LoopThread loop = new();
        VsockHub hub = new();
        using VsockFixture a = new(shared: loop, hub: hub, cid: 3);
        using VsockFixture b = new(shared: loop, hub: hub, cid: 4, cuts: [100, 900]);
        (VsockConnection atA, VsockConnection atB) = Open(a, b);
        byte[] data = new byte[60_000];
        new Random(1).NextBytes(data);
        atA.Write(data, cuts: [44, 5000, 100]);
        Assert.Equal(data, atB.Read(data.Length));
        atB.Write(data);
        Assert.Equal(data, atA.Read(data.Length));
        // Credit is theirs to count: what one says reaches the other as it is.
        Assert.Equal((uint)data.Length, atA.PeerForwarded);
        atA.Send(VsockOp.Shutdown, VsockFlags.ShutdownBoth);
        atB.Expect(VsockOp.Shutdown);
        atB.Send(VsockOp.Reset);
        atA.Expect(VsockOp.Reset);
        Assert.Equal(0, a.ConnectionCount + b.ConnectionCount);
    }

    [Fact]
    public void Messages_keep_their_ends()
    {
        using LoopThread loop = new();
        VsockHub hub = new();
        using VsockFixture a = new(shared: loop, hub: hub, cid: 3);
        using VsockFixture b = new(shared: loop, hub: hub, cid: 4, cuts: [1044]);
        (VsockConnection atA, VsockConnection atB) = Open(a, b, VsockType.SeqPacket);
        atA.Write(new byte[2500], VsockFlags.EndOfMessage | VsockFlags.EndOfRecord);
        Assert.Equal(0u, atB.Expect(VsockOp.ReadWrite).Header.Flags);
        Assert.Equal(0u, atB.Expect(VsockOp.ReadWrite).Header.Flags);
        VsockHeader last = atB.Expect(VsockOp.ReadWrite).Header;
        Assert.Equal((500u, VsockFlags.EndOfMessage | VsockFlags.EndOfRecord), (last.Length, last.Flags));
    }

    [Fact]
    public void Guests_without_a_group_in_common_or_that_do_not_run_are_refused()
    {
        using LoopThread loop = new();
        VsockHub hub = new();
        using VsockFixture a = new(shared: loop, hub: hub, cid: 3);
        using VsockFixture other = new(shared: loop, hub: hub, cid: 4, group: "other");
        using VsockFixture absent = new(shared: loop, hub: hub, cid: 5, attach: false);
        foreach (ulong cid in (ulong[])[4, 5, 6, 0, 1, uint.MaxValue, ulong.MaxValue])
        {
            a.Driver.Send(a.Driver.Header(7, cid, 8, VsockOp.Request));
            Assert.Equal(cid, a.Driver.Expect(VsockOp.Reset).Header.SourceCid);
        }

        Assert.Equal(0, a.ConnectionCount + other.ConnectionCount);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    [InlineData(ushort.MaxValue)]
    public void An_operation_that_there_is_not_ends_the_connection_and_reaches_nobody(ushort op)
    {
        using LoopThread loop = new();
        VsockHub hub = new();
        using VsockFixture a = new(shared: loop, hub: hub, cid: 3);
        using VsockFixture b = new(shared: loop, hub: hub, cid: 4);
        (VsockConnection atA, VsockConnection atB) = Open(a, b);
        atA.Send(op);
        atA.Expect(VsockOp.Reset);
        atB.Expect(VsockOp.Reset);
        Assert.Equal(0, a.ConnectionCount + b.ConnectionCount);
    }

    [Fact]
    public void A_guest_hears_of_the_end_of_another()
    {
        using LoopThread loop = new();
        VsockHub hub = new();
        using VsockFixture a = new(shared: loop, hub: hub, cid: 3);
        using (VsockFixture b = new(shared: loop, hub: hub, cid: 4))
            (_, _) = Open(a, b);
        a.Driver.Expect(VsockOp.Reset);
        Assert.Equal(0, a.ConnectionCount);
    }

    [Fact]
    public void A_guest_reaches_itself()
    {
        using VsockFixture a = new();
        (VsockConnection atA, VsockConnection atB) = Open(a, a);
        atA.Write("to myself"u8);
        Assert.Equal("to myself"u8.ToArray(), atB.Read(9));
    }

    /// <summary>Both send all that their rings hold before either gives the other room to receive.</summary>
    [Fact]
    public void Guests_that_flood_each_other_do_not_lock_each_other_up()
    {
        using LoopThread loop = new();
        VsockHub hub = new();
        using VsockFixture a = new(shared: loop, hub: hub, cid: 3, buffers: 4);
        using VsockFixture b = new(shared: loop, hub: hub, cid: 4, buffers: 4);
        (VsockConnection atA, VsockConnection atB) = Open(a, b);
        const int packets = 200;
        for (int i = 0; i < packets; i++)
        {
            atA.Write(new byte[1000]);
            atB.Write(new byte[1000]);
        }

        // The same loop serves their other connections meanwhile.
        HostThread other = HostThread.Start(() => _ = atB.Read(packets * 1000));
        _ = atA.Read(packets * 1000);
        other.Join();
        a.Driver.AwaitTransmitted();
        b.Driver.AwaitTransmitted();
    }

    /// <summary>A guest that takes nothing holds up the others for a bounded time.</summary>
    [Fact]
    public void A_guest_that_takes_no_packets_is_given_up()
    {
        using LoopThread loop = new();
        VsockHub hub = new();
        using VsockFixture a = new(shared: loop, hub: hub, cid: 3, stallPatience: TimeSpan.FromMilliseconds(50));
        using VsockFixture b = new(shared: loop, hub: hub, cid: 4, buffers: 2);
        (VsockConnection atA, VsockConnection atB) = Open(a, b);
        b.Driver.Refills = false;
        for (int i = 0; i < 200; i++)
            atA.Write(new byte[100]);
        // The connection ends, and everything comes back.
        a.Driver.Expect(VsockOp.Reset);
        a.Driver.AwaitTransmitted();
        Assert.Equal(0, a.ConnectionCount);
        // It cannot be reached as long as it takes nothing, and nobody waits for it.
        a.Driver.Send(a.Driver.Header(701, b.Driver.Cid, 801, VsockOp.Request));
        while (a.Driver.Expect(VsockOp.Reset).Header.DestinationPort != 701)
        {
            // Those of the packets behind the one that was given up.
        }

        // Once it takes packets again it can be reached again.
        b.Driver.Refills = true;
        b.Driver.AddBuffers(32);
        VsockPacket packet;
        while ((packet = b.Driver.Receive()).Op != VsockOp.Reset)
            Assert.Equal(atB.Port, packet.Header.DestinationPort);
        _ = Open(a, b, port: 702);
        Assert.Equal(1, a.ConnectionCount);
    }

    /// <summary>As for a pause of the guest, of any length: its connections may end, but it can be reached again.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_guest_that_was_paused_or_reset_can_be_reached_again(bool resets)
    {
        using LoopThread loop = new();
        VsockHub hub = new();
        using VsockFixture a = new(shared: loop, hub: hub, cid: 3, stallPatience: TimeSpan.FromMilliseconds(50));
        using VsockFixture b = new(shared: loop, hub: hub, cid: 4);
        (VsockConnection atA, _) = Open(a, b);
        b.Driver.Front.Stop();
        for (int i = 0; i < 200; i++)
            atA.Write(new byte[100]);
        TakeResets(a);
        if (resets)
        {
            b.Driver.Front.Reset();
            b.Driver.Front.Start();
            b.Driver = new VsockDriver(b.Driver.Front, b.Driver.Cid);
        }
        else
        {
            b.Driver.Front.Start();
            while (b.Driver.Receive().Op != VsockOp.Reset)
            {
                // The end of the connection that it had.
            }
        }

        _ = Open(a, b, port: 702);
        Assert.Equal(1, a.ConnectionCount);
    }

    [Fact]
    public void A_guest_that_was_given_up_and_left_can_be_reached_when_it_is_back()
    {
        using LoopThread loop = new();
        VsockHub hub = new();
        using VsockFixture a = new(shared: loop, hub: hub, cid: 3, stallPatience: TimeSpan.FromMilliseconds(50));
        using VsockFixture b = new(shared: loop, hub: hub, cid: 4, buffers: 2);
        (VsockConnection atA, _) = Open(a, b);
        b.Driver.Refills = false;
        for (int i = 0; i < 200; i++)
            atA.Write(new byte[100]);
        TakeResets(a);
        b.Driver.Front.Dispose();
        b.BackEnd.WaitForConnections(0);
        b.Driver = new VsockDriver(b.BackEnd.Attach(VsockFixture.Options), b.Driver.Cid);
        _ = Open(a, b, port: 702);
    }

    /// <summary>As at a reset of the sender: nobody needs what the other has not taken, and its memory goes away.</summary>
    [Fact]
    public void Chains_that_others_hold_come_back_at_once_when_they_are_called_for()
    {
        using LoopThread loop = new();
        VsockHub hub = new();
        using VsockFixture a = new(shared: loop, hub: hub, cid: 3);
        using VsockFixture b = new(shared: loop, hub: hub, cid: 4, buffers: 2);
        (VsockConnection atA, _) = Open(a, b);
        b.Driver.Refills = false;
        for (int i = 0; i < 20; i++)
            atA.Write(new byte[100]);
        a.BackEnd.Until(d => d.TransmitQueue!.InFlight > 0, "packets wait for the other guest");
        a.BackEnd.With(d => d.CancelRequests(d.TransmitQueue!));
        Assert.Equal(0, a.BackEnd.With(d => d.TransmitQueue!.InFlight));
        a.Driver.Expect(VsockOp.Reset);
        Assert.Equal(0, a.ConnectionCount + b.ConnectionCount);
    }

    // The guest's connection ends, and everything that it sent comes back.
    private static void TakeResets(VsockFixture a)
    {
        a.Driver.Expect(VsockOp.Reset);
        a.Driver.AwaitTransmitted();
        Assert.Equal(0, a.ConnectionCount);
    }

    private static (VsockConnection AtA, VsockConnection AtB) Open(VsockFixture a, VsockFixture b, ushort type = VsockType.Stream, uint port = 700)
    {
        VsockConnection atA = new(a.Driver, port, b.Driver.Cid, 800, type);
        atA.Send(VsockOp.Request);
        VsockConnection atB = new(b.Driver, 800, a.Driver.Cid, port, type);
        atB.Expect(VsockOp.Request);
        atB.Send(VsockOp.Response);
        VsockPacket answer;
        while ((answer = a.Driver.Receive()).Header.DestinationPort != port)
            Assert.Equal(VsockOp.Reset, answer.Op); // of a connection that was given up
        Assert.Equal(VsockOp.Response, answer.Op);
        atA.Note(answer);
        return (atA, atB);
    }
}
