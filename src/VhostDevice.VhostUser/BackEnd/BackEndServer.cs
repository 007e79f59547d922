// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using VhostDevice.Linux;
using VhostDevice.Virtio.Devices;

namespace VhostDevice.VhostUser.BackEnd;

/// <summary>
/// Serves one device on one socket, front-end after front-end, on the loop that it was made with. The socket stays
/// where it is between two guests. Several front-ends may be connected and ask what is on offer; one at a time owns
/// the device, the next one waits for it.
/// </summary>
public sealed partial class BackEndServer : IFdHandler, IDisposable
{
    /// <summary>
    /// Connections at a time. A further one gets the place of one that neither has nor waits for the device; where there is
    /// none, it waits in the socket's backlog.
    /// </summary>
    public const int MaxConnections = 16;

    // Milliseconds without a failure to accept, after which the next one is news.
    private const int FailurePause = 30_000;

    private readonly Func<VirtioDevice> _makeDevice;
    private readonly OwnedFd? _listener;
    private readonly List<Session> _sessions = [];
    private readonly List<Session> _waiting = [];
    private readonly LoopTimer? _retry;
    private FdWatch? _watch;
    private Session? _owner;
    private long? _lastFailure; // of accepting, in milliseconds of Environment.TickCount64

    private BackEndServer(EventLoop loop, OwnedFd? listener, Func<VirtioDevice> makeDevice, ILogger log)
    {
        Loop = loop;
        Log = new LimitedLogger(log, TimeProvider.System);
        _listener = listener;
        _makeDevice = makeDevice;
        _ = loop.CreateTimer(ResumeAccepting, out _retry);
    }

    /// <summary>Raised when a connection ends and no other is left.</summary>
    public event Action? Idle;

    /// <summary>Connections that are open now.</summary>
    public int ConnectionCount => _sessions.Count;

    /// <summary>
    /// Offers VIRTIO_F_ACCESS_PLATFORM, for drivers behind an IOMMU. Not by default: front-ends that hand all features on
    /// to a guest without one (User Mode Linux) would make its drivers use a DMA interface that is not there.
    /// </summary>
    public bool OffersIommu { get; set; }

    /// <summary>
    /// Loops that share the rings of a device which asks for it (<see cref="VirtioDevice.LoopOf"/>), led by the server's.
    /// Stays the caller's; before the first connection. Null: there is only the server's loop.
    /// </summary>
    public LoopCrew? Crew { get; set; }

    /// <summary>What happened on this socket; the same object for as long as the server lives. Readable from any thread.</summary>
    public SocketCounters Counters { get; } = new();

    internal EventLoop Loop { get; }

    /// <summary>
    /// After how long a device is asked to cancel the requests that a stop waits for, and the log says what it waits for.
    /// Shorter in tests.
    /// </summary>
    internal TimeSpan StopPatience { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long the rest of a message may take that came with descriptors. Shorter in tests.</summary>
    internal TimeSpan MessagePatience { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long after a ring that needs it the guest's memory may come. Shorter in tests.</summary>
    internal TimeSpan MemoryPatience { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Limited, unless a test wants to see every line.</summary>
    internal ILogger Log { get; set; }

    /// <summary>Serves all who connect to a listening, non-blocking socket, which the server owns from now on.</summary>
    /// <param name="makeDevice">Makes the device for each connection; the server disposes it.</param>
    public static Errno Listen(EventLoop loop, OwnedFd listener, Func<VirtioDevice> makeDevice, ILogger log, out BackEndServer? server)
    {
        BackEndServer made = new(loop, listener, makeDevice, log);
        Errno errno = loop.Watch(listener.Fd, Readiness.Readable, made, out made._watch);
        server = errno.IsSuccess ? made : null;
        if (errno.IsSuccess)
            OwnListeners.Add(listener);
        else
            made.Dispose();
        return errno;
    }

    /// <summary>
    /// Serves one socket that is connected already, which the server owns from now on; <see cref="Idle"/> tells when it has ended.
    /// </summary>
    public static Errno Serve(EventLoop loop, OwnedFd connection, Func<VirtioDevice> makeDevice, ILogger log, out BackEndServer? server)
    {
        server = null;
        Errno errno = Files.SetNonBlocking(connection.Fd);
        BackEndServer made = new(loop, null, makeDevice, log);
        if (errno.IsSuccess)
            errno = made.Begin(connection);
        if (errno.IsSuccess)
        {
            server = made;
            return errno;
        }

        made.Dispose();
        connection.Dispose();
        return errno;
    }

    /// <summary>A page about this socket, its connections and their rings, line by line. On the loop's thread.</summary>
    public IReadOnlyList<string> DescribeState()
    {
        using LoopCrew.Pause still = Crew?.StandStill() ?? default;
        IEnumerable<string> all = [StateText.Of(Counters), .. _sessions.SelectMany(static s => s.DescribeState())];
        return _owner is { HasLeft: true } left ? [.. all, $"a front-end that has left: {left.InFlight} requests in flight"] : [.. all];
    }

    public void OnReady(Readiness readiness)
    {
        if (!HasPlace())
            return;
        Errno errno = UnixSocket.Accept(_listener!.Fd, out OwnedFd? connection);
        if (errno.IsSuccess)
            errno = Begin(connection!);
        if (errno.IsError && errno != Errno.EAGAIN && errno != Errno.ECONNRESET && errno != Errno.ENODEV)
        {
            // Most likely out of descriptors. The socket stays readable, so trying at once would spin.
            // Once, though some get through in between: descriptors come and go while there are too few.
            long now = Environment.TickCount64;
            if (_lastFailure is not { } last || now - last > FailurePause)
                Log.LogError("a connection cannot be accepted: {Errno}; trying again every second{Advice}", errno, AdviceOn(errno));
            _lastFailure = now;
            _watch!.Interest = Readiness.None;
            _retry?.Start(TimeSpan.FromSeconds(1));
        }
    }

    public void Dispose()
    {
        _watch?.Dispose();
        _retry?.Dispose();
        _penaltyTimer?.Dispose();
        Session[] sessions = [.. _sessions];
        _sessions.Clear();
        _waiting.Clear();
        foreach (Session session in sessions)
            session.Dispose();
        // One that has left with requests in flight.
        _owner?.Dispose();
        if (_listener is { IsClosed: false })
            OwnListeners.Remove(_listener);
        _listener?.Dispose();
    }

    /// <summary>Gives the device to a session if it is free and nobody has waited longer.</summary>
    internal bool TryAcquire(Session session)
    {
        if (_owner is null && !IsPenaltyOn && (_waiting.Count == 0 || _waiting[0] == session))
        {
            _waiting.Remove(session);
            _owner = session;
            _ownedSince = Stopwatch.GetTimestamp();
        }

        if (_owner == session)
            return true;
        if (!_waiting.Contains(session))
        {
            if (IsPenaltyOn)
                Log.LogInformation("this front-end waits for a while: the one before it made others wait");
            else if (_owner is { HasLeft: true })
                Log.LogInformation("the device still works on requests of the front-end that has left; the next one waits for them");
            else
                Log.LogInformation("another front-end has the device; this one waits until it leaves");
            _waiting.Add(session);
        }

        return false;
    }

    internal void SessionEnded(Session session)
    {
        _sessions.Remove(session);
        Counters.Connections = (ulong)_sessions.Count;
        _waiting.Remove(session);
        ResumeAccepting();
        if (_sessions.Count == 0)
            Idle?.Invoke();
        else if (_owner is null)
            Loop.Post(ResumeWaiting); // the session that has left may have been the first of those who wait
    }

    /// <summary>A session has ended, and nothing of it is in flight.</summary>
    internal void DeviceIsFree(Session session)
    {
        if (_owner != session)
            return;
        _owner = null;
        Loop.Post(ResumeWaiting);
    }

    private static string AdviceOn(Errno errno) =>
        errno == Errno.EMFILE ? ". A higher limit of open files helps: ulimit -n, or LimitNOFILE= of systemd" : "";

    private Errno Begin(OwnedFd connection)
    {
        if (!TryMakeSession(connection, out Session? session))
        {
            connection.Dispose();
            return Errno.ENODEV;
        }

        Errno errno = session.Start();
        if (errno.IsError)
        {
            session.Dispose();
            return errno;
        }

        if (_sessions.Count >= MaxConnections)
            TakePlace();
        _sessions.Add(session);
        Counters.Accepted++;
        Counters.Connections = (ulong)_sessions.Count;
        Log.LogDebug("front-end connected");
        return errno;
    }

    private bool TryMakeSession(OwnedFd connection, [NotNullWhen(true)] out Session? session)
    {
        VirtioDevice? device = null;
        try
        {
            device = _makeDevice();
            session = new Session(this, connection, device);
            return true;
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            Log.LogError("the device cannot be made, internal error: {Fault}", fault.ToString());
            device?.Dispose();
            session = null;
            return false;
        }
    }

    // Those who wait go on in the order in which they began to wait.
    private void ResumeWaiting()
    {
        if (_owner is null && _waiting.Count > 0)
            _waiting[0].Resume();
    }

    private void ResumeAccepting()
    {
        if (_watch is not null)
            _watch.Interest = Readiness.Readable;
    }
}
