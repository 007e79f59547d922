// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;
using VhostDevice.Bench.BackEnds;
using VhostDevice.Bench.Load;
using VhostDevice.Bench.Measuring;
using VhostDevice.Bench.Processes;
using VhostDevice.Linux;

namespace VhostDevice.Bench.Vsock;

/// <summary>
/// A guest and host programs that talk through a vsock device with hybrid sockets: both played by one thread, so that
/// on one CPU nothing but the device has to be switched to.
/// </summary>
internal abstract unsafe class VsockLoad : IDisposable
{
    /// <summary>The host's port, at which the programs listen.</summary>
    private protected const uint HostPort = 5000;

    private protected const int HostBufferBytes = 256 << 10;
    private const uint FirstGuestPort = 1024;

    // Without a look at the host's sockets, when the guest's queues are never empty.
    private const int TurnsWithoutLook = 16;

    private readonly Histogram _histogram = new();
    private readonly CpuClock _daemon;
    private readonly EventLoop _loop;
    private readonly HostSocket _listener;
    private readonly string _listenerPath;
    private readonly List<HostSocket> _sockets = [];
    private readonly byte[] _buffer = GC.AllocateArray<byte>(HostBufferBytes, pinned: true);
    private int _turns;

    private protected VsockLoad(BackEnd backEnd, VsockLoadOptions options)
    {
        Options = options;
        _daemon = CpuClock.Of(backEnd.Pid);
        Check(EventLoop.Create(out EventLoop? loop), "epoll");
        _loop = loop!;
        _listenerPath = $"{backEnd.GivenPath}.uds_{HostPort}";
        File.Delete(_listenerPath);
        Check(UnixSocket.Listen(_listenerPath, out OwnedFd? listener), _listenerPath);
        _listener = new HostSocket(_loop, listener!);
        Guest = new VsockGuest(backEnd, _loop, options.ReceiveBytes, options.SendBytes) { OnPacket = Received };
    }

    private protected VsockLoadOptions Options { get; }

    private protected VsockGuest Guest { get; }

    /// <summary>The host's ends, in the order in which they were accepted.</summary>
    private protected IReadOnlyList<HostSocket> Sockets => _sockets;

    private protected List<VsockConnection> Connections { get; } = [];

    private protected byte* Buffer => (byte*)System.Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(_buffer, 0);

    /// <summary>One run on a connection of its own to the back-end.</summary>
    internal static LoadResult Run(Func<VsockLoad> make)
    {
        using VsockLoad load = make();
        using Watchdog watchdog = new(load.Options.Time + TimeSpan.FromSeconds(15), "the back-end stopped answering");
        return load.Run(load.Options.Time);
    }

    public void Dispose()
    {
        Guest.Dispose();
        foreach (HostSocket socket in _sockets)
            socket.Dispose();
        _listener.Dispose();
        File.Delete(_listenerPath);
        _loop.Dispose();
    }

    private protected long Requests { get; set; }

    private protected long Bytes { get; set; }

    /// <summary>The first requests, when all connections are open.</summary>
    private protected abstract void Begin();

    /// <summary>What the host's programs do; false when there was nothing.</summary>
    private protected abstract bool WorkOnHost();

    /// <summary>What the guest's program does with a packet.</summary>
    private protected abstract void OnPacket(VsockConnection connection, VsockOp op, uint length);

    /// <summary>Whether the guest has more to send than slots to send it in.</summary>
    private protected virtual bool WaitsForSlots => false;

    private protected void Open(VsockConnection connection, uint guestPort)
    {
        connection.Begin(guestPort);
        Guest.Connections[guestPort] = connection;
        Guest.Send(connection, HostPort, VsockOp.Request);
    }

    /// <summary>Accepts what waits; false when nothing did.</summary>
    private protected bool Accept()
    {
        if (!_listener.MayRead)
            return false;
        while (UnixSocket.Accept(_listener.Fd, out OwnedFd? fd).IsSuccess)
            _sockets.Add(new HostSocket(_loop, fd!));
        _listener.MayRead = false;
        return true;
    }

    private protected void Close(HostSocket socket)
    {
        _sockets.Remove(socket);
        socket.Dispose();
    }

    private protected void Record(long nanoseconds) => _histogram.Record(nanoseconds);

    private protected static void Check(Errno errno, string what)
    {
        if (errno.IsError)
            throw new BenchException($"{what}: {errno}");
    }

    private LoadResult Run(TimeSpan time)
    {
        OpenAll();
        Begin();
        Guest.Submit();
        // Before the clock starts: page faults, caches, the first use of everything.
        Serve(Stopwatch.GetTimestamp() + (long)(time.TotalSeconds * Stopwatch.Frequency / 5));

        _histogram.Clear();
        Requests = Bytes = 0;
        _ = Guest.TakeCalls();
        long kicks = Guest.Kicks;
        long daemonCpu = _daemon.Nanoseconds;
        long ownCpu = CpuClock.CurrentThread.Nanoseconds;
        long start = Stopwatch.GetTimestamp();
        long end = Serve(start + (long)(time.TotalSeconds * Stopwatch.Frequency));
        return new LoadResult
        {
            Requests = Requests,
            Bytes = Bytes,
            Elapsed = Stopwatch.GetElapsedTime(start, end),
            GeneratorCpu = (double)(CpuClock.CurrentThread.Nanoseconds - ownCpu) / Requests,
            DaemonCpu = (double)(_daemon.Nanoseconds - daemonCpu) / Requests,
            Kicks = Guest.Kicks - kicks,
            Interrupts = (long)Guest.TakeCalls(),
            P50 = _histogram.Percentile(0.5),
            P99 = _histogram.Percentile(0.99),
            P999 = _histogram.Percentile(0.999),
        };
    }

    // One after the other, so that the n-th socket of the host is the end of the n-th connection.
    private void OpenAll()
    {
        for (int i = 0; i < Options.Connections; i++)
        {
            VsockConnection connection = new(i);
            Connections.Add(connection);
            Open(connection, FirstGuestPort + (uint)i);
            Guest.Submit();
            while (!connection.IsOpen || _sockets.Count <= i)
            {
                if (!Guest.Take() && !Accept())
                    Sleep();
            }
        }
    }

    private long Serve(long end)
    {
        while (true)
        {
            bool moved = Guest.Take() | WorkOnHost();
            Guest.Submit();
            long now = Stopwatch.GetTimestamp();
            if (now >= end || Requests >= Options.MaxRequests)
                return now;
            if (!moved)
                Sleep();
            else if (++_turns % TurnsWithoutLook == 0)
                Check(_loop.Turn(0, out _), "epoll");
        }
    }

    private void Sleep()
    {
        if (!Guest.PrepareToSleep(WaitsForSlots))
            Check(_loop.Turn(-1, out _), "epoll");
    }

    private void Received(VsockConnection connection, VsockOp op, uint length)
    {
        if (op == VsockOp.Response)
            connection.IsOpen = true;
        OnPacket(connection, op, length);
    }
}
