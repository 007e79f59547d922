// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Net.Sockets;
using VhostDevice.Devices.Vsock;
using VhostDevice.TestKit;
using VhostDevice.TestKit.Vsock;
using Xunit;

namespace VhostDevice.Devices.Tests.Vsock;

/// <summary>Streams between a guest and host programs: beginning, data in both directions, end.</summary>
[Collection(DeviceCollection.Name)]
public sealed class StreamTests : VsockTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_guest_connects_to_a_host_program_and_both_talk(bool packed)
    {
        using VsockFixture fixture = new(packed ? VsockFixture.Options.Packed() : null);
        (VsockConnection guest, Socket host) = fixture.OpenFromGuest();
        guest.Write("from the guest"u8);
        Assert.Equal("from the guest", VsockFixture.ReadText(host, 14));
        VsockFixture.Send(host, "from the host");
        Assert.Equal("from the host"u8.ToArray(), guest.Expect(VsockOp.ReadWrite).Data);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_host_program_connects_to_a_guest_and_both_talk(bool packed)
    {
        using VsockFixture fixture = new(packed ? VsockFixture.Options.Packed() : null);
        (VsockConnection guest, Socket host) = fixture.OpenFromHost();
        Assert.Equal(9000u, guest.Port);
        guest.Write("from the guest"u8);
        Assert.Equal("from the guest", VsockFixture.ReadText(host, 14));
        VsockFixture.Send(host, "from the host");
        Assert.Equal("from the host"u8.ToArray(), guest.Expect(VsockOp.ReadWrite).Data);
    }

    [Theory]
    [InlineData(4096)]
    [InlineData(44 + 1)]
    [InlineData(10, 34, 100)]
    [InlineData(44, 65536)]
    [InlineData(20, 20, 20, 20, 4000)]
    public void A_megabyte_each_way_arrives_whatever_the_cut_of_buffers(params int[] cuts)
    {
        using VsockFixture fixture = new(cuts: cuts);
        (VsockConnection guest, Socket host) = fixture.OpenFromHost();
        int count = cuts.Sum() < 200 ? 20_000 : 1 << 20;
        byte[] data = new byte[count];
        new Random(1).NextBytes(data);
        HostThread sender = HostThread.Start(() => VsockFixture.Send(host, data));
        Assert.Equal(data, guest.Read(count));
        sender.Join();
        byte[] got = [];
        HostThread reader = HostThread.Start(() => got = VsockFixture.Read(host, count));
        guest.WriteAll(data);
        reader.Join();
        Assert.Equal(data, got);
    }

    [Fact]
    public void Refused_by_the_host_is_answered_with_a_reset()
    {
        using VsockFixture fixture = new();
        VsockConnection guest = new(fixture.Driver, 5000, VsockCid.Host, 1);
        guest.Send(VsockOp.Request);
        guest.Expect(VsockOp.Reset);
        Assert.Equal(0, fixture.ConnectionCount);
    }

    [Fact]
    public void Refused_by_the_guest_closes_the_host_programs_socket()
    {
        using VsockFixture fixture = new();
        Socket host = fixture.Connect();
        VsockFixture.Send(host, "CONNECT 7\n");
        VsockHeader request = fixture.Driver.Expect(VsockOp.Request).Header;
        new VsockConnection(fixture.Driver, 7, 2, request.SourcePort).Send(VsockOp.Reset);
        VsockFixture.ExpectEnd(host);
        fixture.BackEnd.Until(d => d.ConnectionCount == 0, "the connection is forgotten");
    }

    /// <summary>A guest may still know connections of a daemon before, and resets a request for the same pair of ports.</summary>
    [Fact]
    public void Ports_of_the_hosts_end_are_not_those_of_a_former_front_end()
    {
        using VsockFixture fixture = new();
        HashSet<uint> ports = [];
        for (int i = 0; i < 3; i++)
        {
            uint port = fixture.OpenFromHost().Guest.PeerPort;
            Assert.InRange(port, 1u << 30, (1u << 31) - 1);
            Assert.True(ports.Add(port));
            fixture.Driver.Front.Dispose();
            fixture.BackEnd.WaitForConnections(0);
            fixture.Driver = new VsockDriver(fixture.BackEnd.Attach(VsockFixture.Options), VsockFixture.Cid);
        }
    }

    [Theory]
    [InlineData("HELLO 52\n", "guest 3: a host program wrote 'HELLO 52' where CONNECT, a port and a newline were expected")]
    [InlineData("", "guest 3: a host program left before it had written CONNECT and a port")]
    [InlineData("CONNECT 52\n", "guest 3 refuses a connection to its port 52")]
    public void Why_a_host_program_was_refused_is_in_the_log(string line, string expected)
    {
        using VsockFixture fixture = new();
        Socket host = fixture.Connect();
        VsockFixture.Send(host, line);
        if (line.StartsWith('C'))
        {
            VsockHeader request = fixture.Driver.Expect(VsockOp.Request).Header;
            new VsockConnection(fixture.Driver, 52, VsockCid.Host, request.SourcePort).Send(VsockOp.Reset);
        }

        host.Shutdown(SocketShutdown.Send);
        VsockFixture.ExpectEnd(host);
        Assert.Contains(expected, fixture.Log.From(Microsoft.Extensions.Logging.LogLevel.Debug));
    }

    [Fact]
    public void Which_port_of_the_host_nobody_serves_is_in_the_log()
    {
        using VsockFixture fixture = new();
        VsockConnection guest = new(fixture.Driver, 5000, VsockCid.Host, 78);
        guest.Send(VsockOp.Request);
        guest.Expect(VsockOp.Reset);
        Assert.Contains(fixture.Log.From(Microsoft.Extensions.Logging.LogLevel.Debug), l => l.StartsWith(
            "guest 3 asks for port 78 of CID 2, and no program of the host serves it: ", StringComparison.Ordinal));
    }

    /// <summary>A buffer that nothing fits in comes back as soon as it is looked at; so nobody has.</summary>
    [Fact]
    public void A_small_packet_takes_one_receive_buffer_and_looks_at_no_other()
    {
        using VsockFixture fixture = new(buffers: 2);
        fixture.Driver.Refills = false;
        fixture.Driver.AddBuffer(fixture.Driver.Front.Memory.Allocate(10), 10);
        fixture.Driver.Receives.Submit();
        (VsockConnection guest, Socket host) = fixture.OpenFromHost();
        VsockFixture.Send(host, "x");
        Assert.Equal("x"u8.ToArray(), guest.Expect(VsockOp.ReadWrite).Data);
        fixture.BackEnd.Settle();
        Assert.False(fixture.Driver.Receives.HasUsed);
    }

    [Fact]
    public void A_guest_that_closes_hears_the_last_word_after_its_data_has_gone_out()
    {
        using VsockFixture fixture = new();
        (VsockConnection guest, Socket host) = fixture.OpenFromGuest();
        guest.Write("last"u8);
        guest.Send(VsockOp.Shutdown, VsockFlags.ShutdownBoth);
        guest.Expect(VsockOp.Reset);
        Assert.Equal("last", VsockFixture.ReadText(host, 4));
        VsockFixture.ExpectEnd(host);
        Assert.Equal(0, fixture.ConnectionCount);
    }

    [Fact]
    public void A_host_program_that_closes_is_heard_of_after_its_last_byte()
    {
        using VsockFixture fixture = new();
        (VsockConnection guest, Socket host) = fixture.OpenFromGuest();
        VsockFixture.Send(host, new byte[100_000]);
        host.Dispose();
        _ = guest.Read(100_000);
        uint flags = 0;
        while (flags != VsockFlags.ShutdownBoth)
            flags |= guest.Expect(VsockOp.Shutdown).Header.Flags;
        guest.Send(VsockOp.Reset);
        fixture.BackEnd.Until(d => d.ConnectionCount == 0, "the connection is forgotten");
    }
}
