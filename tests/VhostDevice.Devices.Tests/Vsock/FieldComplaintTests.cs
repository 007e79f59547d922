// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Net.Sockets;
using VhostDevice.Devices.Vsock;
using VhostDevice.TestKit;
using VhostDevice.TestKit.Vsock;
using VhostDevice.VhostUser.FrontEnd;
using Xunit;

namespace VhostDevice.Devices.Tests.Vsock;

/// <summary>What users of such devices complain of, one test each.</summary>
[Collection(DeviceCollection.Name)]
public sealed class FieldComplaintTests : VsockTests
{
    /// <summary>Linux from 6.17 on sends large packets as a header and many fragments.</summary>
    [Theory]
    [InlineData(4096, false)]
    [InlineData(4096, true)]
    [InlineData(1500, true)]
    [InlineData(300, false)]
    public void Packets_of_64_KiB_in_many_descriptors_reach_the_host(int fragment, bool indirect)
    {
        using VsockFixture fixture = new();
        (VsockConnection guest, Socket host) = fixture.OpenFromGuest();
        byte[] data = new byte[65536];
        new Random(fragment).NextBytes(data);
        guest.Write(data, cuts: [44, .. Enumerable.Repeat(fragment, (65536 / fragment) + 1)], indirect: indirect);
        Assert.Equal(data, VsockFixture.Read(host, data.Length));
        fixture.Driver.AwaitTransmitted();
    }

    /// <summary>More pieces than one write takes.</summary>
    [Fact]
    public void A_packet_in_more_descriptors_than_one_write_takes_reaches_the_host()
    {
        using VsockFixture fixture = new();
        (VsockConnection guest, Socket host) = fixture.OpenFromGuest();
        byte[] data = new byte[1020 * 2];
        new Random(9).NextBytes(data);
        // 1024 descriptors are the most of an indirect chain; the header takes 3.
        guest.Write(data, cuts: [20, 20, 4, .. Enumerable.Repeat(2, 1020)], indirect: true);
        guest.Write("behind"u8);
        Assert.Equal(data, VsockFixture.Read(host, data.Length));
        Assert.Equal("behind", VsockFixture.ReadText(host, 6));
    }

    /// <summary>Linux from 6.12.92 on charges each packet in a receive buffer with 576 bytes or so, and resets what overruns.</summary>
    [Fact]
    public void Many_small_packets_stay_within_what_a_guest_has_room_for()
    {
        using VsockFixture fixture = new();
        (VsockConnection guest, Socket host) = fixture.OpenFromHost();
        guest.ReadsAll = false;
        int packets = 0;
        VsockPacket packet;
        while (true)
        {
            VsockFixture.Send(host, "x");
            packet = fixture.Driver.Receive();
            if (packet.Op != VsockOp.ReadWrite)
                break;
            guest.Note(packet);
            packets++;
        }

        Assert.Equal(VsockOp.CreditRequest, packet.Op);
        Assert.InRange(packets * 577, 100_000, 256 * 1024);
        // It has read them all; the byte that waited comes.
        guest.Forwarded = guest.Received;
        guest.Send(VsockOp.CreditUpdate);
        while ((packet = fixture.Driver.Receive()).Op == VsockOp.CreditRequest)
        {
            // It may have been asked again meanwhile.
        }

        Assert.Equal("x"u8.ToArray(), packet.Data);
    }

    /// <summary>A program that waits for all that its buffer holds would wait for ever if the packets' own cost counted.</summary>
    [Fact]
    public void A_guest_that_does_not_read_gets_its_buffer_filled_to_the_last_byte()
    {
        using VsockFixture fixture = new();
        (VsockConnection guest, Socket host) = fixture.OpenFromHost();
        guest.ReadsAll = false;
        HostThread writer = HostThread.Start(() => VsockFixture.Send(host, new byte[(256 * 1024) + 1]));
        while (guest.Received < 256 * 1024)
        {
            VsockPacket packet = fixture.Driver.Receive();
            guest.Note(packet);
            if (packet.Op == VsockOp.CreditRequest)
                guest.Send(VsockOp.CreditUpdate);
        }

        writer.Join();
        // It reads some, and the last byte comes.
        guest.Forwarded = 64 * 1024;
        guest.Send(VsockOp.CreditUpdate);
        while (guest.Received == 256 * 1024)
            guest.Note(fixture.Driver.Receive());
        Assert.Equal((256u * 1024) + 1, guest.Received);
    }

    /// <summary>Linux from 7.0 on has no more bytes on their way than its own buffer would hold, and waits to hear of them.</summary>
    [Fact]
    public void A_guest_with_a_small_buffer_of_its_own_hears_of_room_in_time()
    {
        using VsockFixture fixture = new(bufferSize: 1 << 20);
        fixture.Driver.BufferSize = 64 * 1024;
        (VsockConnection guest, Socket host) = fixture.OpenFromGuest();
        for (uint i = 1; i <= 3; i++)
        {
            guest.Write(new byte[64 * 1024]);
            Assert.Equal(64 * 1024, VsockFixture.Read(host, 64 * 1024).Length);
            Assert.Equal(i * 64 * 1024, guest.Expect(VsockOp.CreditUpdate).Header.Forwarded);
        }
    }

    /// <summary>AF_VSOCK hides that a program is gone altogether; Linux programs expect EPIPE then.</summary>
    [Fact]
    public void A_host_program_that_is_gone_is_told_apart_from_one_that_has_said_all()
    {
        using VsockFixture fixture = new(asVmSockets: true);
        (VsockConnection guest, Socket host) = fixture.OpenFromGuest();
        VsockFixture.Send(host, "x");
        host.Shutdown(SocketShutdown.Send);
        Assert.Equal("x"u8.ToArray(), guest.Expect(VsockOp.ReadWrite).Data);
        Assert.Equal(VsockFlags.ShutdownSend, guest.Expect(VsockOp.Shutdown).Header.Flags);
        guest.Write("y"u8);
        Assert.Equal("y", VsockFixture.ReadText(host, 1));

        (guest, host) = fixture.OpenFromGuest(1235, 5001);
        VsockFixture.Send(host, "x");
        host.Dispose();
        Assert.Equal("x"u8.ToArray(), guest.Expect(VsockOp.ReadWrite).Data);
        Assert.Equal(VsockFlags.ShutdownBoth, guest.Expect(VsockOp.Shutdown).Header.Flags);
    }

    /// <summary>systemd's vmm.notify_socket: the guest sends and ends its side; the host reads to the end, and may still answer.</summary>
    [Fact]
    public void A_guest_that_shuts_down_its_sending_side_is_still_answered()
    {
        using VsockFixture fixture = new();
        (VsockConnection guest, Socket host) = fixture.OpenFromGuest();
        guest.Write("READY=1"u8);
        guest.Send(VsockOp.Shutdown, VsockFlags.ShutdownSend);
        Assert.Equal("READY=1", VsockFixture.ReadText(host, 7));
        VsockFixture.ExpectEnd(host);
        VsockFixture.Send(host, "thanks");
        Assert.Equal("thanks"u8.ToArray(), guest.Expect(VsockOp.ReadWrite).Data);
        guest.Send(VsockOp.Shutdown, VsockFlags.ShutdownReceive);
        guest.Expect(VsockOp.Reset);
    }

    [Fact]
    public void A_host_program_that_shuts_down_its_sending_side_is_still_answered()
    {
        using VsockFixture fixture = new();
        (VsockConnection guest, Socket host) = fixture.OpenFromHost();
        VsockFixture.Send(host, "question");
        host.Shutdown(SocketShutdown.Send);
        Assert.Equal("question"u8.ToArray(), guest.Expect(VsockOp.ReadWrite).Data);
        Assert.Equal(VsockFlags.ShutdownSend, guest.Expect(VsockOp.Shutdown).Header.Flags);
        guest.Write("answer"u8);
        Assert.Equal("answer", VsockFixture.ReadText(host, 6));
        guest.Send(VsockOp.Shutdown, VsockFlags.ShutdownBoth);
        guest.Expect(VsockOp.Reset);
        VsockFixture.ExpectEnd(host);
    }

    /// <summary>What the guest sent before it closed arrives, however slowly it is read.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void All_is_drained_before_the_end(bool resets)
    {
        using VsockFixture fixture = new();
        (VsockConnection guest, Socket host) = fixture.OpenFromGuest();
        host.ReceiveBufferSize = 4096;
        byte[] data = new byte[(int)guest.Credit];
        new Random(3).NextBytes(data);
        guest.WriteAll(data);
        guest.Send(VsockOp.Shutdown, VsockFlags.ShutdownBoth);
        if (resets)
        {
            // It did not want to wait for our last word.
            guest.Send(VsockOp.Reset);
            fixture.Driver.AwaitTransmitted();
        }

        Assert.Equal(data, VsockFixture.Read(host, data.Length));
        VsockFixture.ExpectEnd(host);
        fixture.BackEnd.Until(d => d.ConnectionCount == 0 || !resets, "the connection is forgotten");
    }

    [Theory]
    [InlineData("CONNECT 52\n", "")]
    [InlineData("connect   52  \r\n", "")]
    [InlineData("CONNECT 52 and more\n", "")]
    [InlineData("CONNECT 52\n", "pipelined\nbytes")]
    public void A_CONNECT_line_loses_no_byte_wherever_it_is_cut(string line, string data)
    {
        for (int cut = 1; cut <= line.Length; cut++)
        {
            using VsockFixture fixture = new();
            Socket host = fixture.Connect();
            VsockFixture.Send(host, line[..cut]);
            // One piece at a time.
            fixture.BackEnd.Until(d => d.ConnectionCount == 1, "the connection is seen");
            fixture.BackEnd.Settle();
            if (cut < line.Length || data.Length > 0)
                VsockFixture.Send(host, line[cut..] + data);
            VsockConnection guest = fixture.Answer();
            Assert.Equal(52u, guest.Port);
            Assert.Equal("OK 52\n", VsockFixture.ReadText(host, 6));
            if (data.Length > 0)
                Assert.Equal(System.Text.Encoding.ASCII.GetBytes(data), guest.Read(data.Length));
            VsockFixture.Send(host, "later");
            Assert.Equal("later"u8.ToArray(), guest.Read(5));
        }
    }

    [Fact]
    public void Bytes_that_a_host_program_sends_before_the_guest_has_answered_arrive_even_if_it_leaves()
    {
        using VsockFixture fixture = new();
        Socket host = fixture.Connect();
        VsockFixture.Send(host, "CONNECT 52\n");
        VsockHeader request = fixture.Driver.Expect(VsockOp.Request).Header;
        byte[] data = new byte[10_000];
        new Random(4).NextBytes(data);
        VsockFixture.Send(host, data);
        host.Dispose();
        VsockConnection guest = new(fixture.Driver, 52, VsockCid.Host, request.SourcePort);
        guest.Send(VsockOp.Response);
        Assert.Equal(data, guest.Read(data.Length));
        uint flags = 0;
        while (flags != VsockFlags.ShutdownBoth)
            flags |= guest.Expect(VsockOp.Shutdown).Header.Flags;
    }

    [Theory]
    [InlineData("HELLO 52\n")]
    [InlineData("CONNECT\n")]
    [InlineData("CONNECT x\n")]
    [InlineData("CONNECT -1\n")]
    [InlineData("CONNECT 4294967296\n")]
    [InlineData("CONNECT 52x\n")]
    [InlineData("CONNECT 52                                                      ")]
    [InlineData("")]
    public void Host_programs_that_do_not_speak_the_language_or_leave_early_are_dropped(string text)
    {
        using VsockFixture fixture = new();
        Socket host = fixture.Connect();
        if (text.Length > 0)
            VsockFixture.Send(host, text);
        else
            host.Shutdown(SocketShutdown.Both);
        if (text.Length > 0)
            VsockFixture.ExpectEnd(host);
        fixture.BackEnd.Until(d => d.ConnectionCount == 0, "it is dropped");
        fixture.BackEnd.Thread.AssertIdle();
        Assert.False(fixture.Driver.TryReceive(out _));
    }

    /// <summary>After a restore the driver hears of it before any packet.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_driver_that_worked_with_another_back_end_gets_a_transport_reset_before_any_packet(bool packed)
    {
        FrontEndDeviceOptions options = packed
            ? VsockFixture.Options.Packed() with { RingBase = 0x8005_8005 }
            : VsockFixture.Options with { RingBase = 5 };
        using VsockFixture fixture = new(options);
        DriverQueue events = fixture.Driver.Front.Queues[2];
        ulong at = fixture.Driver.Front.Memory.Allocate(8);
        Socket host = fixture.Connect();
        VsockFixture.Send(host, "CONNECT 52\n");
        fixture.BackEnd.Until(d => d.ConnectionCount == 1, "the host program is heard");
        fixture.BackEnd.Settle();
        fixture.Driver.Front.Memory.Write(at, [9, 9, 9, 9, 9, 9, 9, 9]);
        events.Add(DriverBuffer.Writable(at, 4));
        events.Add(DriverBuffer.Writable(at + 4, 4));
        events.Submit();
        UsedChain used = events.Take();
        Assert.Equal(4u, used.Length);
        byte[] told = new byte[4];
        fixture.Driver.Front.Memory.Read(at, told);
        Assert.Equal(new byte[4], told);
        fixture.BackEnd.Settle();
        Assert.False(fixture.Driver.Receives.HasUsed);
        // The driver gives the buffer back: now it knows.
        events.Add(DriverBuffer.Writable(at, 4));
        events.Submit();
        _ = fixture.Answer();
        Assert.Equal("OK 52\n", VsockFixture.ReadText(host, 6));
        Assert.False(events.TryPop(out _));
    }

    [Fact]
    public void A_driver_that_begins_anew_gets_no_transport_reset()
    {
        using VsockFixture fixture = new();
        (_, ulong at) = fixture.Driver.Front.Post(2, 4);
        (VsockConnection guest, Socket host) = fixture.OpenFromHost();
        VsockFixture.Send(host, "x");
        _ = guest.Read(1);
        Assert.False(fixture.Driver.Front.Queues[2].HasUsed);
        Assert.NotEqual(0ul, at);
    }

    /// <summary>No state of a connection keeps the loop busy.</summary>
    [Fact]
    public void Nothing_spins()
    {
        using VsockFixture fixture = new(buffers: 8);
        // One that says nothing.
        _ = fixture.Connect();
        // One that does not read, with a guest that waits for room.
        (VsockConnection guest, Socket host) = fixture.OpenFromGuest();
        guest.WriteAll(new byte[(int)guest.Credit]);
        fixture.Driver.AwaitTransmitted();
        fixture.BackEnd.Settle();
        fixture.BackEnd.Thread.AssertIdle();
        // A guest without receive buffers, and data for it; the host program has ended its side.
        fixture.Driver.Refills = false;
        VsockFixture.Send(host, new byte[100_000]);
        host.Shutdown(SocketShutdown.Send);
        fixture.BackEnd.Until(_ => fixture.Driver.Receives.HasUsed, "data comes");
        fixture.BackEnd.Settle();
        fixture.BackEnd.Thread.AssertIdle();
        // One that is gone.
        host.Dispose();
        fixture.BackEnd.Settle();
        fixture.BackEnd.Thread.AssertIdle();
    }

    [Fact]
    public void Packets_in_the_name_of_another_guest_are_dropped()
    {
        using VsockFixture fixture = new();
        VsockHeader header = fixture.Driver.Header(5000, VsockCid.Host, 1, VsockOp.Request);
        header.SourceCid = 4;
        fixture.Driver.Send(header);
        fixture.Driver.AwaitTransmitted();
        // Nobody is answered: the next answer is that of the next packet.
        fixture.Driver.Send(fixture.Driver.Header(5001, VsockCid.Host, 1, VsockOp.Request));
        Assert.Equal(5001u, fixture.Driver.Expect(VsockOp.Reset).Header.DestinationPort);
    }

    [Fact]
    public void A_CID_is_given_out_once()
    {
        using VsockFixture fixture = new();
        Assert.False(fixture.BackEnd.Thread.Invoke(() => fixture.Hub.TryAdd(new VsockGuest(VsockFixture.Cid, ["other"], fixture.Host))));
    }

    [Fact]
    public void Types_and_operations_that_do_not_exist_are_answered_with_a_reset()
    {
        using VsockFixture fixture = new();
        fixture.Driver.Send(fixture.Driver.Header(1, VsockCid.Host, 2, VsockOp.Request, type: 3));
        VsockHeader reset = fixture.Driver.Expect(VsockOp.Reset).Header;
        Assert.Equal((3, 1u, 2u), (reset.Type, reset.DestinationPort, reset.SourcePort));
        ushort[] strays =
        [
            VsockOp.ReadWrite, VsockOp.Response, VsockOp.Shutdown, VsockOp.CreditUpdate, VsockOp.CreditRequest, 0, 8,
            65535,
        ];
        foreach (ushort op in strays)
        {
            fixture.Driver.Send(fixture.Driver.Header(1, VsockCid.Host, op, op));
            Assert.Equal(op, fixture.Driver.Expect(VsockOp.Reset).Header.SourcePort);
        }
    }
}
