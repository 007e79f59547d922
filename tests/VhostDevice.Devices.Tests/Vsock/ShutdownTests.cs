// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Net.Sockets;
using VhostDevice.Devices.Vsock;
using VhostDevice.TestKit;
using VhostDevice.TestKit.Vsock;
using Xunit;

namespace VhostDevice.Devices.Tests.Vsock;

/// <summary>Connections that end in one direction, in both, or while something is on its way.</summary>
[Collection(DeviceCollection.Name)]
public sealed class ShutdownTests : VsockTests
{
    /// <summary>A guest that only sends, as one that ships its log, does not send to nobody for ever.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_guest_that_receives_nothing_hears_that_the_host_program_is_gone(bool asVmSockets)
    {
        using VsockFixture fixture = new(asVmSockets: asVmSockets);
        (VsockConnection guest, Socket host) = fixture.OpenFromGuest();
        guest.Send(VsockOp.Shutdown, VsockFlags.ShutdownReceive);
        guest.Write("one"u8);
        Assert.Equal("one", VsockFixture.ReadText(host, 3));
        host.Dispose();
        Assert.Equal(VsockFlags.ShutdownBoth, guest.Expect(VsockOp.Shutdown).Header.Flags);
        guest.Send(VsockOp.Reset);
        fixture.BackEnd.Until(d => d.ConnectionCount == 0, "the connection is forgotten");
    }

    [Fact]
    public void A_guest_that_receives_nothing_more_is_not_asked_for_credit()
    {
        long now = 1000;
        using VsockFixture fixture = new(clock: () => Volatile.Read(ref now));
        (VsockConnection guest, Socket host) = fixture.OpenFromGuest();
        ExhaustCredit(fixture, guest, host);
        guest.Send(VsockOp.Shutdown, VsockFlags.ShutdownReceive);
        fixture.Driver.AwaitTransmitted();
        Volatile.Write(ref now, now + FlowPatience.LastCreditMs);
        fixture.BackEnd.With(d => d.Tick());
        // What it sends arrives all the same, and its end is told.
        guest.Write("still"u8);
        Assert.Equal("still", VsockFixture.ReadText(host, 5));
        host.Dispose();
        Assert.Equal(VsockFlags.ShutdownBoth, guest.Expect(VsockOp.Shutdown).Header.Flags);
    }

    [Theory]
    [InlineData(VsockFlags.ShutdownBoth)]
    [InlineData(VsockFlags.ShutdownSend)]
    public void Half_a_message_does_not_keep_the_end_from_the_host_program(uint flags)
    {
        using VsockFixture fixture = new();
        (VsockConnection guest, Socket host) = fixture.OpenMessages();
        guest.Write("whole"u8, VsockFlags.EndOfMessage);
        guest.Write("half of a mess"u8);
        guest.Send(VsockOp.Shutdown, flags);
        if (flags == VsockFlags.ShutdownBoth)
            guest.Expect(VsockOp.Reset);
        Assert.Equal("whole", VsockFixture.ReadText(host, 5));
        VsockFixture.ExpectCleanEnd(host);
    }

    [Fact]
    public void Half_a_message_and_a_reset_end_the_connection_at_once()
    {
        using VsockFixture fixture = new();
        (VsockConnection guest, Socket host) = fixture.OpenMessages();
        guest.Write("half of a mess"u8);
        guest.Send(VsockOp.Reset);
        VsockFixture.ExpectEnd(host);
        fixture.BackEnd.Until(d => d.ConnectionCount == 0, "the connection is forgotten");
    }

    /// <summary>A server that answers before it has read everything, and closes.</summary>
    [Fact]
    public void A_host_program_that_sent_more_than_the_guest_read_finds_the_answer_and_the_end()
    {
        using VsockFixture fixture = new();
        fixture.Driver.BufferSize = 4096;
        (VsockConnection guest, Socket host) = fixture.OpenFromHost(80);
        guest.ReadsAll = false;
        host.Blocking = false;
        while (host.Send(new byte[4096], 0, 4096, SocketFlags.None, out _) > 0)
        {
            // Until its socket is full.
        }

        guest.Write("too large"u8);
        guest.Send(VsockOp.Shutdown, VsockFlags.ShutdownBoth);
        host.Blocking = true;
        Assert.Equal("too large", VsockFixture.ReadText(host, 9));
        VsockFixture.ExpectCleanEnd(host);
    }

    [Theory]
    [InlineData("CONNECT 52\n")]
    [InlineData("HELLO 52\n")]
    public void A_host_program_that_is_turned_away_finds_the_end(string line)
    {
        using VsockFixture fixture = new(attach: line.StartsWith('H'));
        // What it wrote is there when it is turned away.
        Socket host = fixture.BackEnd.Thread.Invoke(() =>
        {
            Socket socket = fixture.Connect();
            VsockFixture.Send(socket, line + "and some more");
            return socket;
        });
        VsockFixture.ExpectCleanEnd(host);
    }

    /// <summary>The patience is for a program that reads nothing, not for one that is slow.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_slow_reader_gets_all_that_the_guest_sent_before_it_closed(bool resets)
    {
        long now = 1000;
        using VsockFixture fixture = new(clock: () => Volatile.Read(ref now));
        (VsockConnection guest, Socket host) = fixture.OpenFromGuest();
        uint sent = Fill(fixture, guest);
        guest.Send(VsockOp.Shutdown, VsockFlags.ShutdownBoth);
        if (resets)
            guest.Send(VsockOp.Reset);
        fixture.Driver.AwaitTransmitted();
        byte[] bytes = new byte[64 * 1024];
        for (uint at = 0; at < sent;)
        {
            host.ReceiveTimeout = (int)LoopThread.Patience.TotalMilliseconds;
            int n = host.Receive(bytes);
            Assert.True(n > 0, $"the end came after {at} of {sent} bytes");
            at += (uint)n;
            // What there was room for went on its way; then nearly a minute goes by.
            fixture.BackEnd.Settle();
            Volatile.Write(ref now, now + FlowPatience.DrainMs - 1);
            fixture.BackEnd.With(d => d.Tick());
        }

        VsockFixture.ExpectCleanEnd(host);
    }

    /// <summary>And a program that reads nothing at all does not hold on to it for ever, whatever the guest says meanwhile.</summary>
    [Fact]
    public void A_program_that_reads_nothing_keeps_a_closed_connection_for_its_patience_only()
    {
        long now = 1000;
        using VsockFixture fixture = new(clock: () => Volatile.Read(ref now));
        (VsockConnection guest, Socket host) = fixture.OpenFromGuest();
        // The device waits for credit, too.
        ExhaustCredit(fixture, guest, host);
        _ = Fill(fixture, guest);
        guest.Send(VsockOp.Shutdown, VsockFlags.ShutdownBoth);
        guest.Forwarded = guest.Received;
        guest.Send(VsockOp.CreditUpdate);
        fixture.Driver.AwaitTransmitted();
        Assert.Equal(1, fixture.ConnectionCount);
        Volatile.Write(ref now, now + FlowPatience.DrainMs);
        fixture.BackEnd.With(d => d.Tick());
        Assert.Equal(0, fixture.ConnectionCount);
    }

    // The host program sends until the guest, which does not read, is asked for credit.
    private static void ExhaustCredit(VsockFixture fixture, VsockConnection guest, Socket host)
    {
        guest.ReadsAll = false;
        host.Blocking = false;
        while (true)
        {
            _ = host.Send(new byte[1 << 16], 0, 1 << 16, SocketFlags.None, out _);
            VsockPacket packet = fixture.Driver.Receive();
            if (packet.Op == VsockOp.CreditRequest)
                break;
            guest.Note(packet);
        }

        host.Blocking = true;
    }

    // The guest sends until there is no more credit, and none will come.
    private static uint Fill(VsockFixture fixture, VsockConnection guest)
    {
        uint sent = 0;
        while (guest.Credit > 0)
        {
            uint n = guest.Credit;
            guest.WriteAll(new byte[(int)n]);
            sent += n;
            fixture.Driver.AwaitTransmitted();
            fixture.BackEnd.Settle();
            fixture.BackEnd.Settle();
            while (fixture.Driver.TryReceive(out VsockPacket? packet))
                guest.Note(packet);
        }

        return sent;
    }
}
