// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Net.Sockets;
using VhostDevice.Devices.Vsock;
using VhostDevice.Linux;
using VhostDevice.TestKit;
using VhostDevice.TestKit.Vsock;
using VhostDevice.VhostUser.FrontEnd;
using Xunit;

namespace VhostDevice.Devices.Tests.Vsock;

/// <summary>A guest's socket device with Unix sockets on the host's side, in a folder of its own.</summary>
internal sealed class VsockFixture : IDisposable
{
    internal const ulong Cid = 3;

    internal static readonly FrontEndDeviceOptions Options = TestOptions.Small with { MemorySize = 16 << 20, QueueSizes = [256, 256, 8] };

    // A busy machine may keep a test from going on for longer than the device would wait.
    private static readonly TimeSpan s_forever = TimeSpan.FromHours(1);

    private static readonly Func<long> s_clock = static () => Environment.TickCount64;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("vsock-");
    private readonly List<Socket> _sockets = [];

    internal VsockFixture(
        FrontEndDeviceOptions? options = null,
        uint bufferSize = VsockGuest.DefaultBufferSize,
        int buffers = 32,
        int maxConnections = 65536,
        int[]? cuts = null,
        bool attach = true,
        LoopThread? shared = null,
        ulong cid = Cid,
        VsockHub? hub = null,
        string group = "default",
        TimeSpan? stallPatience = null,
        bool asVmSockets = false,
        Func<long>? clock = null)
    {
        UdsPath = Path.Combine(_folder.FullName, "v");
        OwnedFd listener = TestKit.Expect.Made(UnixSocket.Listen(UdsPath, out OwnedFd? fd), fd);
        UnixAddress ports = TestKit.Expect.Made(UnixAddress.Create(UdsPath + "_", out UnixAddress? address), address);
        Host = new HybridHost(listener, ports, Log);
        Hub = hub ?? new VsockHub();
        Guest = new VsockGuest(cid, [group], asVmSockets ? new OtherHost(Host) : Host) { BufferSize = bufferSize, MaxConnections = maxConnections };
        BackEnd = new TestBackEnd<VsockDevice>(
            () =>
                new VsockDevice(Guest, Hub, Log)
                {
                    AcknowledgePatience = s_forever,
                    StallPatience = stallPatience ?? s_forever,
                    Clock = clock ?? s_clock,
                },
            shared: shared);
        BackEnd.Thread.Invoke(() =>
        {
            Assert.True(Hub.TryAdd(Guest));
            Host.Start(BackEnd.Thread.Loop, Guest).Ok();
        });
        if (attach)
            Driver = new VsockDriver(BackEnd.Attach(options ?? Options), cid, buffers, cuts ?? []);
    }

    internal RecordingLogger Log { get; } = new();

    internal string UdsPath { get; }

    internal VsockHub Hub { get; }

    internal HybridHost Host { get; }

    internal VsockGuest Guest { get; }

    internal TestBackEnd<VsockDevice> BackEnd { get; }

    /// <summary>Set once a front-end is attached.</summary>
    internal VsockDriver Driver { get; set; } = null!;

    /// <summary>Connections that the device has.</summary>
    internal int ConnectionCount => BackEnd.With(d => d.ConnectionCount);

    /// <summary>A host program that serves a port for the guest.</summary>
    internal Socket Listen(uint port, SocketType type = SocketType.Stream, int backlog = 64)
    {
        Socket listener = Keep(new Socket(AddressFamily.Unix, type, ProtocolType.Unspecified));
        listener.Bind(new UnixDomainSocketEndPoint($"{UdsPath}_{port}"));
        listener.Listen(backlog);
        return listener;
    }

    /// <summary>A host program that has connected and said nothing yet.</summary>
    internal Socket Connect()
    {
        Socket socket = Keep(new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified));
        socket.Connect(new UnixDomainSocketEndPoint(UdsPath));
        return socket;
    }

    internal Socket Accept(Socket listener) => Keep(listener.Accept());

    /// <summary>The guest connects to a host program.</summary>
    internal (VsockConnection Guest, Socket Host) OpenFromGuest(uint port = 1234, uint guestPort = 5000)
    {
        using Socket listener = Listen(port);
        VsockConnection connection = new(Driver, guestPort, VsockCid.Host, port);
        connection.Send(VsockOp.Request);
        connection.Expect(VsockOp.Response);
        Socket host = Accept(listener);
        File.Delete($"{UdsPath}_{port}");
        return (connection, host);
    }

    /// <summary>A host program connects to the guest.</summary>
    internal (VsockConnection Guest, Socket Host) OpenFromHost(uint guestPort = 9000)
    {
        Socket host = Connect();
        Send(host, $"CONNECT {guestPort}\n");
        VsockConnection connection = Answer();
        if (ReadText(host, 4 + guestPort.ToString(System.Globalization.CultureInfo.InvariantCulture).Length) != $"OK {guestPort}\n")
            throw new InvalidOperationException("no OK");
        return (connection, host);
    }

    /// <summary>The guest accepts the next connection.</summary>
    internal VsockConnection Answer()
    {
        VsockHeader request = Driver.Expect(VsockOp.Request).Header;
        VsockConnection connection = new(Driver, request.DestinationPort, request.SourceCid, request.SourcePort, request.Type);
        connection.Note(new VsockPacket(request, []));
        connection.Send(VsockOp.Response);
        return connection;
    }

    internal static void Send(Socket socket, string text) => Send(socket, System.Text.Encoding.ASCII.GetBytes(text));

    internal static void Send(Socket socket, byte[] bytes)
    {
        socket.SendTimeout = (int)LoopThread.Patience.TotalMilliseconds;
        for (int at = 0; at < bytes.Length;)
            at += socket.Send(bytes, at, bytes.Length - at, SocketFlags.None);
    }

    /// <summary>Exactly so many bytes.</summary>
    internal static byte[] Read(Socket socket, int count)
    {
        socket.ReceiveTimeout = (int)LoopThread.Patience.TotalMilliseconds;
        byte[] bytes = new byte[count];
        for (int at = 0; at < count;)
        {
            int n = socket.Receive(bytes, at, count - at, SocketFlags.None);
            if (n == 0)
                throw new InvalidOperationException($"the end came after {at} of {count} bytes");
            at += n;
        }

        return bytes;
    }

    internal static string ReadText(Socket socket, int count) => System.Text.Encoding.ASCII.GetString(Read(socket, count));

    /// <summary>The other side has ended: with an end, or because it is gone.</summary>
    internal static void ExpectEnd(Socket socket)
    {
        socket.ReceiveTimeout = (int)LoopThread.Patience.TotalMilliseconds;
        try
        {
            if (socket.Receive(new byte[1]) != 0)
                throw new InvalidOperationException("data instead of the end");
        }
        catch (SocketException reset) when (reset.SocketErrorCode == SocketError.ConnectionReset)
        {
            // As good an end as any: not everything was read.
        }
    }

    /// <summary>The other side has ended properly: no reset.</summary>
    internal static void ExpectCleanEnd(Socket socket)
    {
        socket.ReceiveTimeout = (int)LoopThread.Patience.TotalMilliseconds;
        if (socket.Receive(new byte[1]) != 0)
            throw new InvalidOperationException("data instead of the end");
    }

    /// <summary>The guest connects to a host program with a connection of messages.</summary>
    internal (VsockConnection Guest, Socket Host) OpenMessages(uint port = 1234)
    {
        using Socket listener = Listen(port, SocketType.Seqpacket);
        VsockConnection guest = new(Driver, 5000 + port, VsockCid.Host, port, VsockType.SeqPacket);
        guest.Send(VsockOp.Request);
        guest.Expect(VsockOp.Response);
        return (guest, Accept(listener));
    }

    internal Socket Keep(Socket socket)
    {
        _sockets.Add(socket);
        return socket;
    }

    public void Dispose()
    {
        Driver?.Front.Dispose();
        foreach (Socket socket in _sockets)
            socket.Dispose();
        BackEnd.WaitForConnections(0);
        BackEnd.Thread.Invoke(() =>
        {
            Hub.Remove(Guest);
            Host.Dispose();
        });
        BackEnd.Dispose();
        _folder.Delete(recursive: true);
    }
}
