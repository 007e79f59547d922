// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Net.Sockets;
using VhostDevice.Devices.Vsock;
using VhostDevice.TestKit.Vsock;
using VhostDevice.VhostUser.FrontEnd;
using Xunit;

namespace VhostDevice.Devices.Tests.Vsock;

/// <summary>Guests that break the rules lose a connection at the most, never a chain.</summary>
[Collection(DeviceCollection.Name)]
public sealed class HostileGuestTests : VsockTests
{
    /// <summary>Connections that waited for receive buffers when the driver left are used again.</summary>
    [Fact]
    public void A_driver_that_leaves_with_connections_in_line_can_come_back()
    {
        using VsockFixture fixture = new(buffers: 4);
        (_, Socket host) = fixture.OpenFromGuest();
        fixture.Driver.Refills = false;
        VsockFixture.Send(host, new byte[100_000]);
        fixture.BackEnd.Until(_ => fixture.Driver.Receives.HasUsed, "data comes");
        fixture.BackEnd.Settle();
        fixture.Driver.Front.Reset();
        fixture.BackEnd.Until(d => d.ConnectionCount == 0, "the connections end");
        fixture.Driver.Front.Start();
        fixture.Driver = new VsockDriver(fixture.Driver.Front, VsockFixture.Cid);
        (VsockConnection guest, host) = fixture.OpenFromGuest();
        VsockFixture.Send(host, "again");
        Assert.Equal("again"u8.ToArray(), guest.Read(5));
    }

    [Fact]
    public void Packets_that_are_none_come_back()
    {
        using VsockFixture fixture = new();
        fixture.Driver.SendRaw(new byte[1], []);
        fixture.Driver.SendRaw(new byte[43], [1, 1, 40]);
        ulong at = fixture.Driver.Front.Memory.Allocate(100);
        fixture.Driver.Transmits.Add(DriverBuffer.Writable(at, 100));
        fixture.Driver.Transmits.Submit();
        fixture.Driver.AwaitTransmitted();
        (VsockConnection guest, Socket host) = fixture.OpenFromGuest();
        guest.Write("still there"u8);
        Assert.Equal("still there", VsockFixture.ReadText(host, 11));
    }

    [Fact]
    public void A_packet_shorter_than_it_says_ends_its_connection()
    {
        using VsockFixture fixture = new();
        (VsockConnection guest, Socket host) = fixture.OpenFromGuest();
        VsockHeader header = guest.Header(VsockOp.ReadWrite, 100);
        fixture.Driver.Send(header, "not a hundred"u8);
        guest.Expect(VsockOp.Reset);
        VsockFixture.ExpectEnd(host);
    }

    [Fact]
    public void More_than_there_is_credit_for_ends_the_connection()
    {
        using VsockFixture fixture = new(bufferSize: 8192);
        (VsockConnection guest, Socket host) = fixture.OpenFromGuest();
        host.ReceiveBufferSize = 1;
        VsockHeader header = guest.Header(VsockOp.ReadWrite, 8193);
        fixture.Driver.Send(header, new byte[8193]);
        guest.Expect(VsockOp.Reset);
        Assert.Equal(0, fixture.ConnectionCount);
    }

    [Fact]
    public void Having_read_what_was_never_sent_ends_the_connection()
    {
        using VsockFixture fixture = new();
        (VsockConnection guest, _) = fixture.OpenFromGuest();
        guest.Forwarded = 1;
        guest.Send(VsockOp.CreditUpdate);
        fixture.Driver.Expect(VsockOp.Reset);
    }

    /// <summary>A packet that was made first and sent second: free-running counters tell (virtio 1.3 §5.10.6.3).</summary>
    [Fact]
    public void Having_read_less_than_before_changes_nothing()
    {
        using VsockFixture fixture = new();
        (VsockConnection guest, Socket host) = fixture.OpenFromGuest();
        VsockFixture.Send(host, new byte[3000]);
        guest.Read(3000);
        guest.Send(VsockOp.CreditUpdate);
        guest.Forwarded = 1000;
        guest.Write("late"u8);
        Assert.Equal("late", VsockFixture.ReadText(host, 4));
        guest.Forwarded = 3001;
        guest.Write("never sent"u8);
        fixture.Driver.Expect(VsockOp.Reset);
    }

    [Theory]
    [InlineData(VsockOp.Request)]
    [InlineData(VsockOp.Response)]
    [InlineData((ushort)0)]
    [InlineData((ushort)99)]
    public void Operations_out_of_place_end_the_connection(ushort op)
    {
        using VsockFixture fixture = new();
        (VsockConnection guest, Socket host) = fixture.OpenFromGuest();
        guest.Send(op);
        guest.Expect(VsockOp.Reset);
        VsockFixture.ExpectEnd(host);
    }

    /// <summary>More answers than there are receive buffers: the transmit queue waits, nothing grows.</summary>
    [Fact]
    public void A_guest_that_does_not_read_its_resets_is_not_listened_to()
    {
        using VsockFixture fixture = new(buffers: 1);
        fixture.Driver.Refills = false;
        DriverQueue transmits = fixture.Driver.Transmits;
        for (uint i = 0; i < 600; i++)
        {
            if (transmits.FreeDescriptors == 0 && !transmits.HasUsed)
                break;
            fixture.Driver.Send(fixture.Driver.Header(i, VsockCid.Host, 1, VsockOp.ReadWrite));
            fixture.BackEnd.Settle();
        }

        Assert.True(transmits.InFlight > 0);
        fixture.Driver.Refills = true;
        fixture.Driver.AddBuffers(32);
        for (int i = 0; i < 256; i++)
            _ = fixture.Driver.Expect(VsockOp.Reset);
        fixture.Driver.AwaitTransmitted();
    }

    [Theory]
    [InlineData(10)]
    [InlineData(44)]
    [InlineData(20, 20)]
    public void Receive_buffers_too_small_for_a_packet_come_back_empty(params int[] cuts)
    {
        using VsockFixture fixture = new(buffers: 4);
        ulong at = fixture.Driver.Front.Memory.Allocate(100);
        fixture.Driver.Refills = false;
        List<byte> got = [];
        (VsockConnection guest, Socket host) = fixture.OpenFromHost();
        VsockFixture.Send(host, new byte[20_000]);
        // Three buffers are left, then comes one of no use, then good ones.
        int packets = 0;
        fixture.Driver.AddBuffer(at, cuts);
        fixture.Driver.AddBuffers(8);
        int empty = 0;
        while (got.Count < 20_000)
        {
            try
            {
                VsockPacket packet = fixture.Driver.Receive();
                guest.Note(packet);
                got.AddRange(packet.Data);
                packets++;
            }
            catch (InvalidOperationException) when (empty == 0)
            {
                empty++;
            }
        }

        Assert.Equal((20_000, 1), (got.Count, empty));
        Assert.InRange(packets, 5, 6);
    }

    /// <summary>
    /// Buffers in front of one that makes no sense cannot go back into the ring, those behind it can: both are used, in
    /// their order.
    /// </summary>
    [Fact]
    public void Receive_buffers_around_one_outside_of_memory_are_used_in_order()
    {
        using VsockFixture fixture = new(buffers: 16);
        (VsockConnection guest, Socket host) = fixture.OpenFromHost();
        fixture.Driver.AddBuffer(1UL << 40, 4096);
        fixture.Driver.AddBuffers(8);
        int outside = 0;
        for (byte i = 0; i < 40; i++)
        {
            // Much, upon which the device reserves more buffers for the next read than that needs.
            foreach (int count in (int[])[50_000, 10_000, 3])
            {
                byte[] sent = new byte[count];
                Array.Fill(sent, i);
                VsockFixture.Send(host, sent);
                Assert.Equal(sent, Receive(count));
            }
        }

        Assert.NotEqual(0, outside);

        List<byte> Receive(int count)
        {
            List<byte> got = [];
            while (got.Count < count)
            {
                try
                {
                    VsockPacket packet = fixture.Driver.Receive();
                    guest.Note(packet);
                    got.AddRange(packet.Data);
                    guest.Send(VsockOp.CreditUpdate);
                }
                catch (InvalidOperationException)
                {
                    outside++;
                }
            }

            return got;
        }
    }

    [Fact]
    public void No_more_connections_than_were_agreed_on()
    {
        using VsockFixture fixture = new(maxConnections: 3);
        using Socket listener = fixture.Listen(1);
        for (uint i = 0; i < 5; i++)
        {
            fixture.Driver.Send(fixture.Driver.Header(5000 + i, VsockCid.Host, 1, VsockOp.Request));
            fixture.Driver.Expect(i < 3 ? VsockOp.Response : VsockOp.Reset);
        }

        Socket host = fixture.Connect();
        VsockFixture.ExpectEnd(host);
        Assert.Equal(3, fixture.ConnectionCount);
    }

    /// <summary>Programs that connect and say nothing take a quarter of the places at most, and not for long.</summary>
    [Fact]
    public void Host_programs_that_say_nothing_leave_room_and_are_dropped()
    {
        long now = 1000;
        using VsockFixture fixture = new(maxConnections: 8, clock: () => Volatile.Read(ref now));
        Socket[] silent = [.. Enumerable.Range(0, 5).Select(_ => fixture.Connect())];
        for (int i = 2; i < 5; i++)
            VsockFixture.ExpectCleanEnd(silent[i]);
        using Socket listener = fixture.Listen(1);
        for (uint i = 0; i < 6; i++)
        {
            fixture.Driver.Send(fixture.Driver.Header(5000 + i, VsockCid.Host, 1, VsockOp.Request));
            fixture.Driver.Expect(VsockOp.Response);
        }

        Assert.Equal(8, fixture.ConnectionCount);
        Volatile.Write(ref now, now + FlowPatience.GreetingMs);
        fixture.BackEnd.With(d => d.Tick());
        VsockFixture.ExpectCleanEnd(silent[0]);
        VsockFixture.ExpectCleanEnd(silent[1]);
        Assert.Equal(6, fixture.ConnectionCount);
    }

    [Fact]
    public void A_port_is_used_again_before_its_last_word()
    {
        using VsockFixture fixture = new();
        (VsockConnection guest, Socket host) = fixture.OpenFromGuest();
        host.Dispose();
        uint flags = 0;
        while (flags != VsockFlags.ShutdownBoth)
            flags |= guest.Expect(VsockOp.Shutdown).Header.Flags;
        // No reset of the guest comes; it has forgotten.
        (guest, host) = fixture.OpenFromGuest();
        guest.Write("again"u8);
        Assert.Equal("again", VsockFixture.ReadText(host, 5));
        Assert.Equal(1, fixture.ConnectionCount);
    }
}
