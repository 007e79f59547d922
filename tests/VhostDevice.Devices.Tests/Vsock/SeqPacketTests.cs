// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Net.Sockets;
using VhostDevice.Devices.Vsock;
using VhostDevice.TestKit.Vsock;
using Xunit;

namespace VhostDevice.Devices.Tests.Vsock;

/// <summary>Connections of messages between a guest and a host program.</summary>
[Collection(DeviceCollection.Name)]
public sealed class SeqPacketTests : VsockTests
{
    [Fact]
    public void Messages_arrive_whole_whatever_packets_they_travel_in()
    {
        using VsockFixture fixture = new(cuts: [544]);
        (VsockConnection guest, Socket host) = Open(fixture);
        guest.Write("one"u8, VsockFlags.EndOfMessage);
        guest.Write("tw"u8);
        guest.Write("o"u8, VsockFlags.EndOfMessage);
        Assert.Equal("one", Next(host));
        Assert.Equal("two", Next(host));

        byte[] large = new byte[3000];
        new Random(5).NextBytes(large);
        host.Send("four"u8);
        host.Send(large);
        VsockPacket packet = guest.Expect(VsockOp.ReadWrite);
        Assert.Equal(("four", VsockFlags.EndOfMessage), (System.Text.Encoding.ASCII.GetString(packet.Data), packet.Header.Flags));
        List<byte> got = [];
        do
        {
            packet = guest.Expect(VsockOp.ReadWrite);
            got.AddRange(packet.Data);
        }
        while (packet.Header.Flags == 0);
        Assert.Equal(large, got);
        Assert.Equal(VsockFlags.EndOfMessage, packet.Header.Flags);
    }

    [Fact]
    public void The_end_comes_after_the_last_message_in_both_directions()
    {
        using VsockFixture fixture = new();
        (VsockConnection guest, Socket host) = Open(fixture);
        guest.Write("last"u8, VsockFlags.EndOfMessage);
        guest.Send(VsockOp.Shutdown, VsockFlags.ShutdownSend);
        Assert.Equal("last", Next(host));
        Assert.Equal("", Next(host));
        host.Send("answer"u8);
        host.Dispose();
        Assert.Equal("answer"u8.ToArray(), guest.Expect(VsockOp.ReadWrite).Data);
        uint flags = 0;
        while (flags != VsockFlags.ShutdownBoth)
            flags |= guest.Expect(VsockOp.Shutdown).Header.Flags;
    }

    [Fact]
    public void Messages_wait_for_a_host_program_that_does_not_read_and_no_longer_than_the_buffer()
    {
        using VsockFixture fixture = new();
        (VsockConnection guest, Socket host) = Open(fixture);
        int sent = 0;
        while (guest.Credit >= 1000 && sent < 2000)
        {
            byte[] message = new byte[1000];
            message[0] = (byte)sent++;
            guest.Write(message, VsockFlags.EndOfMessage);
            fixture.Driver.AwaitTransmitted();
            while (fixture.Driver.TryReceive(out VsockPacket? packet))
                guest.Note(packet);
        }

        byte[] got = new byte[2000];
        for (int i = 0; i < sent; i++)
        {
            Assert.Equal(1000, host.Receive(got));
            Assert.Equal((byte)i, got[0]);
        }
    }

    [Fact]
    public void A_message_without_an_end_and_one_too_long_for_the_guest_end_the_connection()
    {
        using VsockFixture fixture = new(bufferSize: 8192);
        (VsockConnection guest, _) = Open(fixture);
        guest.Write(new byte[4096]);
        guest.Write(new byte[4096]);
        guest.Expect(VsockOp.Reset);
        fixture.Driver.BufferSize = 4096;
        (guest, Socket host) = Open(fixture, 4321);
        host.Send(new byte[5000]);
        guest.Expect(VsockOp.Reset);
        Assert.Equal(0, fixture.ConnectionCount);
    }

    [Fact]
    public void A_host_program_that_serves_streams_refuses_messages()
    {
        using VsockFixture fixture = new();
        using Socket listener = fixture.Listen(1234);
        fixture.Driver.Send(fixture.Driver.Header(5000, VsockCid.Host, 1234, VsockOp.Request, type: VsockType.SeqPacket));
        Assert.Equal(VsockType.SeqPacket, fixture.Driver.Expect(VsockOp.Reset).Header.Type);
    }

    /// <summary>AF_VSOCK sends part of a message rather than nothing, so a thread that waits sends it.</summary>
    [Fact]
    public void Messages_that_a_thread_sends_wait_for_nobody_but_their_own_program()
    {
        using VsockFixture fixture = new(asVmSockets: true);
        (VsockConnection stalled, Socket slow) = Open(fixture);
        (VsockConnection other, Socket quick) = Open(fixture, 4321);
        int sent = 0;
        while (stalled.Credit >= 5000)
        {
            byte[] message = new byte[5000];
            message[0] = (byte)sent++;
            stalled.Write(message, VsockFlags.EndOfMessage);
            fixture.Driver.AwaitTransmitted();
            fixture.BackEnd.Settle();
            while (fixture.Driver.TryReceive(out VsockPacket? packet))
                stalled.Note(packet);
        }

        other.Write("one"u8, VsockFlags.EndOfMessage);
        other.Write("two"u8, VsockFlags.EndOfMessage);
        Assert.Equal("one", Next(quick));
        Assert.Equal("two", Next(quick));
        stalled.Send(VsockOp.Shutdown, VsockFlags.ShutdownBoth);
        slow.ReceiveTimeout = 20_000;
        byte[] got = new byte[6000];
        for (int i = 0; i < sent; i++)
        {
            Assert.Equal(5000, slow.Receive(got));
            Assert.Equal((byte)i, got[0]);
        }

        Assert.Equal(0, slow.Receive(got));
        while (fixture.Driver.Receive().Op != VsockOp.Reset)
        {
            // What the guest was told before.
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_thread_that_waits_for_a_program_ends_with_the_connection(bool allEnd)
    {
        using VsockFixture fixture = new(asVmSockets: true);
        (VsockConnection guest, Socket host) = Open(fixture);
        while (guest.Credit >= 5000)
        {
            guest.Write(new byte[5000], VsockFlags.EndOfMessage);
            fixture.Driver.AwaitTransmitted();
            fixture.BackEnd.Settle();
            while (fixture.Driver.TryReceive(out VsockPacket? packet))
                guest.Note(packet);
        }

        if (allEnd)
            return;
        guest.Send(VsockOp.Reset);
        fixture.BackEnd.Until(d => d.ConnectionCount == 0, "the connection ends");
        // What was sent before comes, then the end: nobody holds the socket open.
        host.ReceiveTimeout = 20_000;
        byte[] got = new byte[6000];
        while (host.Receive(got) > 0)
        {
            // Messages that were sent.
        }
    }

    [Fact]
    public void So_many_connections_have_a_thread_and_no_more()
    {
        using VsockFixture fixture = new(asVmSockets: true);
        using Socket listener = fixture.Listen(7, SocketType.Seqpacket, 128);
        for (uint i = 0; i < 66; i++)
        {
            fixture.Driver.Send(fixture.Driver.Header(100 + i, VsockCid.Host, 7, VsockOp.Request, type: VsockType.SeqPacket));
            fixture.Driver.Expect(i < 64 ? VsockOp.Response : VsockOp.Reset);
        }

        fixture.Driver.Send(fixture.Driver.Header(100, VsockCid.Host, 7, VsockOp.Reset, type: VsockType.SeqPacket));
        fixture.Driver.Send(fixture.Driver.Header(300, VsockCid.Host, 7, VsockOp.Request, type: VsockType.SeqPacket));
        fixture.Driver.Expect(VsockOp.Response);
    }

    /// <summary>A Unix socket's send buffer is smaller than the guest's window by default: 208 KiB.</summary>
    [Fact]
    public void A_message_as_long_as_the_window_reaches_the_host()
    {
        using VsockFixture fixture = new();
        (VsockConnection guest, Socket host) = Open(fixture);
        byte[] message = new byte[(int)guest.Credit];
        new Random(6).NextBytes(message);
        for (int at = 0; at < message.Length; at += 65536)
            guest.Write(message.AsSpan(at, 65536), at + 65536 == message.Length ? VsockFlags.EndOfMessage : 0);
        byte[] got = new byte[message.Length + 1];
        host.ReceiveTimeout = 20_000;
        Assert.Equal(message.Length, host.Receive(got));
        Assert.Equal(message, got[..message.Length]);
    }

    /// <summary>As a service manager's: the guest's messages become datagrams, and nothing ever comes from there.</summary>
    [Fact]
    public void Messages_reach_a_datagram_socket_as_datagrams()
    {
        using VsockFixture fixture = new();
        Socket notified = fixture.Keep(new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified));
        notified.Bind(new UnixDomainSocketEndPoint($"{fixture.UdsPath}_1234"));
        VsockConnection guest = new(fixture.Driver, 5000, VsockCid.Host, 1234, VsockType.SeqPacket);
        guest.Send(VsockOp.Request);
        guest.Expect(VsockOp.Response);
        Assert.Equal(VsockFlags.ShutdownSend, guest.Expect(VsockOp.Shutdown).Header.Flags);
        guest.Write("READY=1"u8, VsockFlags.EndOfMessage);
        guest.Write("STATUS=up"u8, VsockFlags.EndOfMessage);
        Assert.Equal("READY=1", Next(notified));
        Assert.Equal("STATUS=up", Next(notified));
        guest.Send(VsockOp.Shutdown, VsockFlags.ShutdownBoth);
        guest.Expect(VsockOp.Reset);
        Assert.Equal(0, fixture.ConnectionCount);
    }

    [Fact]
    public void A_datagram_socket_that_is_gone_ends_the_connection()
    {
        using VsockFixture fixture = new();
        Socket notified = fixture.Keep(new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified));
        notified.Bind(new UnixDomainSocketEndPoint($"{fixture.UdsPath}_1234"));
        VsockConnection guest = new(fixture.Driver, 5000, VsockCid.Host, 1234, VsockType.SeqPacket);
        guest.Send(VsockOp.Request);
        guest.Expect(VsockOp.Response);
        guest.Expect(VsockOp.Shutdown);
        notified.Dispose();
        guest.Write("READY=1"u8, VsockFlags.EndOfMessage);
        Assert.Equal(VsockFlags.ShutdownBoth, guest.Expect(VsockOp.Shutdown).Header.Flags);
        guest.Send(VsockOp.Reset);
        fixture.BackEnd.Until(d => d.ConnectionCount == 0, "the connection is forgotten");
    }

    private static string Next(Socket host)
    {
        host.ReceiveTimeout = 20_000;
        byte[] bytes = new byte[100];
        return System.Text.Encoding.ASCII.GetString(bytes, 0, host.Receive(bytes));
    }

    private static (VsockConnection Guest, Socket Host) Open(VsockFixture fixture, uint port = 1234) => fixture.OpenMessages(port);
}
