// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using VhostDevice.Devices.Boards;
using VhostDevice.Devices.Boards.Files;
using VhostDevice.Devices.Can;
using VhostDevice.Hosting;
using VhostDevice.Linux;
using VhostDevice.TestKit;
using Xunit;

namespace VhostDevice.Devices.Tests.Can;

/// <summary>Buses that are joined to something outside of the process.</summary>
[Collection(DeviceCollection.Name)]
public sealed class BridgeTests
{
    [Theory]
    [InlineData("02 00 07 0002 00000123 02 1122 80000001 82 00 AABB", "123#1122 00000001##0AABB")]
    [InlineData("02 00 07 0003 40000123 03 20000040 08 0000000000000000 00000001 00", "123#R3 001#")]
    [InlineData("02 00 07 0002 00000123 09 112233445566778899 00000124 00", "124#")]
    [InlineData("02 00 07 0002 00000123 01 11", "123#11")]
    [InlineData("02 00 07 0001 00000123 7F", "")]
    [InlineData("02 00 07 0001 00000123 C8 00", "")]
    [InlineData("02 00 07 FFFF", "")]
    [InlineData("02 00 07 00", "")]
    [InlineData("01 00 07 0001 00000123 00", "")]
    [InlineData("02 01 07 0001 00000123 00", "")]
    [InlineData("", "")]
    public void Datagrams_are_read(string datagram, string expected)
    {
        ReadOnlySpan<byte> rest = Bytes(datagram);
        List<string> frames = [];
        if (CannelloniFormat.TryReadHead(ref rest, out int count))
        {
            for (; count > 0 && CannelloniFormat.TryReadFrame(ref rest, out CanFrame frame, out bool isUseful); count--)
            {
                if (isUseful)
                    frames.Add(CanText.Of(frame));
            }
        }

        Assert.Equal(expected, string.Join(' ', frames));
    }

    [Fact]
    public void Frames_cross_in_both_directions_and_do_not_come_back()
    {
        using Pair pair = new();
        using CanGuest near = new(pair.Near), far = new(pair.Far), listener = new(pair.Near);
        near.Start();
        far.Start();
        listener.Start();
        for (uint i = 0; i < 200; i++)
        {
            Assert.Equal([0], near.Send(CanGuest.Frame(i, [1, 2])));
            Assert.Equal(CanGuest.Received(i, [1, 2]), far.Receive());
            Assert.Equal(CanGuest.Received(i, [1, 2]), listener.Receive());
            Assert.Equal([0], far.Send(CanGuest.Frame(i, new byte[64], CanGuest.Fd | CanGuest.Extended)));
            Assert.Equal(CanGuest.Received(i, new byte[64], CanGuest.Fd | CanGuest.Extended), near.Receive());
            Assert.Equal(CanGuest.Received(i, new byte[64], CanGuest.Fd | CanGuest.Extended), listener.Receive());
        }

        Assert.Equal((200ul, 200ul), (near.Statistics.Received, far.Statistics.Received));
        Assert.EndsWith(": 200 out, 200 in, 0 lost", pair.First.Report, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_peer_nothing_is_different_for_the_guests()
    {
        using SimulatedCanBus bus = new("a");
        using CanBridge bridge = CanBridge.Open(bus, $"udp:127.0.0.1:9:{FreePort()}", NullLogger.Instance);
        bridge.Start();
        bridge.Begin();
        using CanGuest one = new(bus), other = new(bus);
        one.Start();
        other.Start();
        for (uint i = 0; i < 100; i++)
        {
            Assert.Equal([0], one.Send(CanGuest.Frame(i, [])));
            Assert.Equal(CanGuest.Received(i, []), other.Receive());
        }
    }

    [Fact]
    public void Only_the_peer_is_heard_and_nonsense_of_it_is_passed_over()
    {
        using UdpClient peer = new(new IPEndPoint(IPAddress.Loopback, 0)), stranger = new(new IPEndPoint(IPAddress.Loopback, 0));
        int port = ((IPEndPoint)peer.Client.LocalEndPoint!).Port, own = FreePort();
        using SimulatedCanBus bus = new("a");
        using CanBridge bridge = CanBridge.Open(bus, $"udp:127.0.0.1:{port}:{own}", NullLogger.Instance);
        bridge.Start();
        bridge.Begin();
        using CanGuest guest = new(bus);
        guest.Start();
        IPEndPoint to = new(IPAddress.Loopback, own);
        stranger.Send(Bytes("02 00 00 0001 00000001 00"), to);
        peer.Send(Bytes("FF FF FF"), to);
        peer.Send(Bytes("02 00 00 FFFF 00000002 00 00000003 7F"), to);
        peer.Send(Bytes("02 00 00 0001 00000004 01 55"), to);
        Assert.Equal(CanGuest.Received(2, []), guest.Receive());
        Assert.Equal(CanGuest.Received(4, [0x55]), guest.Receive());
        // What comes at the same time shares a datagram, and its head is cannelloni's.
        Assert.Equal([0], guest.Send(CanGuest.Frame(0x123, [0x11])));
        IPEndPoint? from = null;
        Assert.Equal(Bytes("02 00 00 0001 00000123 01 11"), peer.Receive(ref from));
        Assert.Equal(own, from!.Port);
    }

    [Fact]
    public void Frames_that_a_bus_does_not_take_are_lost_after_a_while()
    {
        ManualBus near = new(), far = new() { Answer = CanSend.Busy };
        using CanBridge bridge = CanBridge.Between(near, far, NullLogger.Instance);
        bridge.Start();
        bridge.Begin();
        for (uint i = 0; i < 3; i++)
            Assert.True(near.Guest!.TryReceive(new CanFrame(i, 0)));
        Eventually(() => bridge.Report.EndsWith("0 out, 0 in, 3 lost", StringComparison.Ordinal));
        far.Answer = CanSend.Sent;
        Assert.True(near.Guest!.TryReceive(new CanFrame(7, 0)));
        Eventually(() => bridge.Report.EndsWith("1 out, 0 in, 3 lost", StringComparison.Ordinal));
        // It waits again for the next one.
        far.Answer = CanSend.Busy;
        Assert.True(near.Guest.TryReceive(new CanFrame(8, 0)));
        far.Answer = CanSend.Sent;
        far.Guest!.SendAgain();
        Eventually(() => bridge.Report.EndsWith("2 out, 0 in, 3 lost", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("udp:127.0.0.1", "is no peer: udp:ADDRESS:PORT")]
    [InlineData("udp:127.0.0.1:0", "is no peer")]
    [InlineData("udp:127.0.0.1:1:2:3", "is no peer")]
    [InlineData("udp:127.0.0.1:65536", "is no peer")]
    [InlineData("udp:::1:20000", "is no peer")]
    [InlineData("udp:localhost:20000", "'localhost' of 'udp:localhost:20000' is no address of IPv4 or IPv6 in numbers")]
    [InlineData("udp:127.0.0.1:20000", "'udp:127.0.0.1:20000' is this side itself: name another local port behind a colon")]
    [InlineData("no_such_can0", "CAN")]
    public void What_cannot_be_joined_is_said(string outside, string expected)
    {
        using SimulatedCanBus bus = new("a");
        Assert.Contains(
            expected,
            Assert.Throws<StartupException>(() => CanBridge.Open(bus, outside, NullLogger.Instance)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_board_has_a_bridge_and_says_what_crossed()
    {
        using Board board = BoardFile.Parse(
            $"can: [{{bus: a, bridge: 'udp:[::1]:{FreePort()}:{FreePort()}'}}, {{controller: can0, bus: a}}]", "f", "/");
        board.Begin();
        Assert.Contains(": 0 out, 0 in, 0 lost", board.FindParameter("a.bridge")!.Text, StringComparison.Ordinal);
    }

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));

    private static int FreePort()
    {
        using UdpClient any = new(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)any.Client.LocalEndPoint!).Port;
    }

    private static void Eventually(Func<bool> holds) => Assert.True(SpinWait.SpinUntil(holds, LoopThread.Patience));

    // Two buses, joined to each other over UDP.
    private sealed class Pair : IDisposable
    {
        internal Pair()
        {
            int one = FreePort(), other = FreePort();
            First = CanBridge.Open(Near, string.Create(CultureInfo.InvariantCulture, $"udp:127.0.0.1:{one}:{other}"), NullLogger.Instance);
            Second = CanBridge.Open(Far, string.Create(CultureInfo.InvariantCulture, $"udp:127.0.0.1:{other}:{one}"), NullLogger.Instance);
            foreach (CanBridge bridge in (CanBridge[])[First, Second])
            {
                bridge.Start();
                bridge.Begin();
            }
        }

        internal SimulatedCanBus Near { get; } = new("near");

        internal SimulatedCanBus Far { get; } = new("far");

        internal CanBridge First { get; }

        internal CanBridge Second { get; }

        public void Dispose()
        {
            First.Dispose();
            Second.Dispose();
            Near.Dispose();
            Far.Dispose();
        }
    }

    private sealed class ManualBus : ICanBus
    {
        private volatile int _answer;

        public string Name => "manual";

        public bool TakesFd => true;

        internal ICanGuest? Guest { get; private set; }

        internal CanSend Answer
        {
            get => (CanSend)_answer;
            set => _answer = (int)value;
        }

        public ICanStation Join(EventLoop loop, ICanGuest guest)
        {
            Guest = guest;
            return new Station(this);
        }

        private sealed class Station(ManualBus bus) : ICanStation
        {
            public void Start()
            {
            }

            public void Stop()
            {
            }

            public CanSend Send(in CanFrame frame, bool mayWait) => bus.Answer;

            public void MadeRoom()
            {
            }

            public void Dispose()
            {
            }
        }
    }
}
