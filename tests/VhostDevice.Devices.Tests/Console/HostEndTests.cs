// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Security.Cryptography;
using VhostDevice.Devices.Console.Ends;
using VhostDevice.Devices.Console.Ports;
using VhostDevice.Linux;
using VhostDevice.TestKit;
using Xunit;

namespace VhostDevice.Devices.Tests.Console;

/// <summary>The host's side of ports with real sockets, terminals, files and programs.</summary>
[Collection(DeviceCollection.Name)]
public sealed class HostEndTests : LeakChecked
{
    // The runtime's own loop for sockets comes with the first one, and stays.
    static HostEndTests()
    {
        using System.Net.Sockets.TcpListener listener = new(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        using System.Net.Sockets.Socket first = Dial(((System.Net.IPEndPoint)listener.LocalEndpoint).Port);
        using System.Net.Sockets.Socket accepted = listener.AcceptSocket();
        accepted.Send([1]);
        _ = first.Receive(new byte[1]);
    }

    [Fact]
    public void A_program_connects_talks_leaves_and_another_one_comes()
    {
        using TemporaryPlace place = new();
        using ConsoleGuest guest = new(1);
        guest.Add("agent", isConsole: false, Open($"backend=unix:{place.At("s")}"));
        guest.OfferControl();
        guest.Tell(ConsoleGuest.NoPort, 0, 1);
        _ = guest.Hear();
        guest.Tell(0, 3, 1);
        _ = guest.Hear();
        guest.Tell(0, 6, 1);
        for (int i = 0; i < 2; i++)
        {
            using (OwnedFd client = Connect(place.At("s")))
            {
                Assert.Equal(ConsoleGuest.Message(0, 6, 1), guest.Hear());
                guest.Write(0, "ping"u8.ToArray());
                Expect.Readable(client, "from the guest");
                Assert.Equal("ping"u8, Expect.ReadSome(client));
                ulong at = guest.Offer(0);
                Expect.Write(client, "pong"u8);
                Assert.Equal("pong"u8, guest.Take(0, at));
            }

            Assert.Equal(ConsoleGuest.Message(0, 6, 0), guest.Hear());
            guest.OfferControl(2);
        }
    }

    [Fact]
    public void The_next_one_waits_and_a_peer_that_has_ended_its_side_still_gets_the_guests_bytes()
    {
        using TemporaryPlace place = new();
        using ConsoleGuest guest = new(1, ends: Open($"backend=unix:{place.At("s")}"));
        guest.Open(0);
        ulong first = guest.Offer(0), second = guest.Offer(0);
        using OwnedFd client = Connect(place.At("s"));
        Expect.Write(client, "last words"u8);
        StreamSocket.Shutdown(client.Fd, reading: false, writing: true).Ok();
        using OwnedFd next = Connect(place.At("s"));
        Expect.Write(next, "next"u8);
        Assert.Equal("last words"u8, guest.Take(0, first));
        guest.Write(0, "answer"u8.ToArray());
        Expect.Readable(client, "the answer");
        Assert.Equal("answer"u8, Expect.ReadSome(client));
        guest.Thread.AssertIdle();
        Assert.False(guest.Front.Queues[0].HasUsed);
        client.Dispose();
        Assert.Equal("next"u8, guest.Take(0, second));
    }

    [Fact]
    public void What_somebody_left_behind_is_for_a_guest_that_reads_and_keeps_no_port_busy_without_one()
    {
        using TemporaryPlace place = new();
        using ConsoleGuest guest = new(1, ends: Open($"backend=unix:{place.At("s")}"));
        guest.Open(0);
        using (OwnedFd client = Connect(place.At("s")))
            Expect.Write(client, "left"u8);
        guest.BackEnd.Settle();
        guest.Thread.AssertIdle();
        Assert.Equal("left"u8, guest.Take(0, guest.Offer(0)));
        guest.Tell(0, 6, 0);
        using (OwnedFd client = Connect(place.At("s")))
            Expect.Write(client, "for nobody"u8);
        guest.BackEnd.Settle();
        guest.Thread.AssertIdle();
        using OwnedFd next = Connect(place.At("s"));
        ulong at = guest.Offer(0);
        guest.Tell(0, 6, 1);
        Expect.Write(next, "now"u8);
        Assert.Equal("now"u8, guest.Take(0, at));
    }

    [Fact]
    public void A_reader_that_stops_holds_the_guest_back_until_it_reads_again()
    {
        using TemporaryPlace place = new();
        using ConsoleGuest guest = new(1, ends: Open($"backend=unix:{place.At("s")}"));
        guest.Open(0);
        using OwnedFd client = Connect(place.At("s"));
        guest.Thread.Until(() => guest.Table[0]!.Description.Length > 0, "the start");
        byte[] sent = RandomNumberGenerator.GetBytes(32 * 32768);
        int posted = 0;
        ulong memory = guest.Front.Memory.Allocate(32768);
        List<byte> got = [];
        // More than a socket keeps.
        while (got.Count < sent.Length)
        {
            if (posted < sent.Length && guest.Front.Queues[1].InFlight == 0)
            {
                guest.Front.Memory.Write(memory, sent.AsSpan(posted, 32768));
                guest.Front.Queues[1].Add(VhostUser.FrontEnd.DriverBuffer.Readable(memory, 32768));
                guest.Front.Queues[1].Submit();
                posted += 32768;
                if (posted > 16 * 32768)
                    guest.BackEnd.Settle();
            }

            while (guest.Front.Queues[1].TryPop(out _))
            {
            }

            if (guest.Front.Queues[1].InFlight > 0 || posted == sent.Length)
            {
                guest.BackEnd.Settle();
                if (guest.Front.Queues[1].HasUsed)
                    continue;
                Expect.Readable(client, "what the guest wrote");
                got.AddRange(Expect.ReadSome(client, 1 << 20));
            }
        }

        Assert.Equal(SHA256.HashData(sent), SHA256.HashData(got.ToArray()));
        Assert.Equal(0ul, guest.Table[0]!.Statistics.Lost);
    }

    [Fact]
    public void Whoever_connects_to_a_network_port_gets_it_from_the_one_before()
    {
        ListenEnd end = Opener().OpenTcp("127.0.0.1:0", takesOver: true);
        int port = int.Parse(end.Description[(end.Description.LastIndexOf(':') + 1)..], System.Globalization.CultureInfo.InvariantCulture);
        using ConsoleGuest guest = new(1, ends: end);
        guest.Open(0);
        guest.Write(0, "early"u8.ToArray());
        using System.Net.Sockets.Socket first = Dial(port), second = Dial(port);
        guest.BackEnd.Settle();
        guest.Write(0, "late"u8.ToArray());
        byte[] bytes = new byte[64];
        int n = first.Receive(bytes);
        Assert.Equal("early"u8, bytes.AsSpan(0, n));
        Assert.Equal(0, first.Receive(bytes));
        n = second.Receive(bytes);
        Assert.Equal("late"u8, bytes.AsSpan(0, n));
    }

    [Fact]
    public void A_pseudo_terminal_is_open_while_somebody_has_it_open_and_tells_the_size_of_its_window()
    {
        using TemporaryPlace place = new();
        using ConsoleGuest guest = new(1, ends: Open($"backend=pty:{place.At("tty")}"));
        guest.Open(0);
        guest.Write(0, "unheard"u8.ToArray());
        for (int i = 0; i < 2; i++)
        {
            using OwnedFd tty = Expect.Open(place.At("tty"), write: true);
            Terminal.SetSize(tty.Fd, new WindowSize((ushort)(100 + i), 40)).Ok();
            Expect.Readable(tty, "what was written before");
            Assert.Equal("unheard"u8, Expect.ReadSome(tty));
            ulong at = guest.Offer(0);
            Expect.Write(tty, "key\x03"u8);
            Assert.Equal("key\x03"u8, guest.Take(0, at));
            Assert.Equal(new WindowSize((ushort)(100 + i), 40), guest.Thread.Invoke(() => guest.Table[0]!.Size));
            tty.Dispose();
            guest.Write(0, "un"u8.ToArray());
            guest.Thread.Until(() => guest.Table[0]!.IsHostOpen, "it is a console");
            guest.Write(0, "heard"u8.ToArray());
            guest.Thread.AssertIdle();
        }
    }

    [Fact]
    public void A_log_is_complete_over_its_files_and_a_file_is_appended_to()
    {
        using TemporaryPlace place = new();
        byte[] bytes = RandomNumberGenerator.GetBytes(100_000);
        using (ConsoleGuest guest = new(2, ends: [Open($"backend=log:{place.At("log")},max=16K,keep=20"), Open($"backend=file:{place.At("file")}")]))
        {
            guest.Open(0, 1);
            for (int at = 0; at < bytes.Length; at += 1000)
            {
                guest.Write(0, bytes[at..(at + 1000)]);
                guest.Write(1, bytes[at..(at + 1000)]);
            }
        }

        Assert.Equal(bytes, File.ReadAllBytes(place.At("file")));
        string[] files = [.. Enumerable.Range(1, 6).Reverse().Select(i => place.At($"log.{i}")), place.At("log")];
        Assert.False(File.Exists(place.At("log.7")));
        Assert.All(files, static f => Assert.True(new FileInfo(f).Length <= 16384));
        Assert.Equal(bytes, files.SelectMany(File.ReadAllBytes));
    }

    [Fact]
    public void A_program_is_talked_to_and_its_end_closes_the_port()
    {
        using ConsoleGuest guest = new(1);
        guest.Add("echo", isConsole: false, Open("backend=exec:head -c 4"));
        guest.OfferControl();
        guest.Tell(ConsoleGuest.NoPort, 0, 1);
        _ = guest.Hear();
        guest.Tell(0, 3, 1);
        _ = guest.Hear();
        Assert.Equal(ConsoleGuest.Message(0, 6, 1), guest.Hear());
        guest.Tell(0, 6, 1);
        ulong at = guest.Offer(0);
        guest.Write(0, "echo"u8.ToArray());
        Assert.Equal("echo"u8, guest.Take(0, at));
        Assert.Equal(ConsoleGuest.Message(0, 6, 0), guest.Hear());
    }

    [Fact]
    public void We_connect_to_a_socket_and_again_when_it_has_gone()
    {
        using TemporaryPlace place = new();
        using ConsoleGuest guest = new(1, ends: Open($"backend=unix:{place.At("s")},client"));
        guest.Open(0);
        for (int i = 0; i < 2; i++)
        {
            using OwnedFd listener = Expect.Made(UnixSocket.Listen(place.At("s"), out OwnedFd? fd), fd);
            Expect.Readable(listener, "a connection");
            using OwnedFd peer = Expect.Made(UnixSocket.Accept(listener.Fd, out OwnedFd? connection), connection);
            ulong at = guest.Offer(0);
            Expect.Write(peer, "hello"u8);
            Assert.Equal("hello"u8, guest.Take(0, at));
            listener.Dispose();
            Files.Unlink(place.At("s")).Ok();
        }
    }

    private static PortOpener Opener() => new("--port", new RecordingLogger());

    private static PortEnd Open(string text)
    {
        PortSettings? port = PortSettings.Parse(text, out string problem);
        Assert.Equal("", problem);
        return Opener().Open(port!);
    }

    private static OwnedFd Connect(string path) => Expect.Made(UnixSocket.Connect(path, nonBlocking: true, out OwnedFd? fd), fd);

    private static System.Net.Sockets.Socket Dial(int port)
    {
        System.Net.Sockets.Socket socket = new(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
        socket.Connect("127.0.0.1", port);
        socket.ReceiveTimeout = (int)LoopThread.Patience.TotalMilliseconds;
        return socket;
    }

    /// <summary>A folder of the test.</summary>
    private sealed class TemporaryPlace : IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("vhost-");

        internal string Path => _folder.FullName;

        internal string At(string name) => System.IO.Path.Combine(Path, name);

        public void Dispose() => _folder.Delete(recursive: true);
    }
}
