// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using VhostDevice.Hosting.Logging;
using VhostDevice.Hosting.Metrics;
using VhostDevice.Hosting.Sandbox;
using VhostDevice.Hosting.Sockets;
using VhostDevice.Linux;
using VhostDevice.VhostUser.BackEnd;
using VhostDevice.Virtio.Devices;

namespace VhostDevice.Hosting.Daemon;

/// <summary>
/// Runs a device on its sockets until a signal: one loop, on a thread of its own, per socket, so that guests do not
/// wait for each other.
/// </summary>
internal sealed class DeviceHosting : IDaemon
{
    private const int AnnouncePatience = 1000;

    private static readonly TimeSpan s_stopPatience = TimeSpan.FromSeconds(2);

    private readonly StderrLogger _log;
    private readonly FaultLog _faults;
    private readonly HostingOptions _options;
    private readonly ProcessSandbox _sandbox;
    private readonly List<EventLoop> _loops = [];
    private readonly List<LoopCrew> _crews = [];
    private readonly IdleCollection _collection = new();

    // Replaced, never changed: other threads read them.
    private volatile ServedSocket[] _served = [];
    private volatile ListeningSocket[] _sockets = [];
    private BackEndMeter? _meter;
    private MetricsServer? _metrics;
    private string? _failure;
    private bool _stopped;

    internal DeviceHosting(StderrLogger log, HostingOptions options, ProcessSandbox sandbox)
    {
        _log = log;
        _faults = new FaultLog(log);
        _options = options;
        _sandbox = sandbox;
    }

    /// <summary>The loop of each socket, once they are open.</summary>
    public IReadOnlyList<EventLoop> Loops => _loops;

    /// <summary>The loops that serve queues of the first socket's device with it, if there are such.</summary>
    public LoopCrew? Crew => _crews.Count == 0 ? null : _crews[0];

    /// <summary>Serves until SIGTERM, SIGINT, SIGQUIT or SIGHUP, or until the front-end of an inherited connection has left.</summary>
    /// <param name="openSockets">Opens the sockets to serve; they are closed and their paths removed at the end.</param>
    /// <param name="devicesOf">Makes what makes the device for each connection to a socket; that is called on its loop.</param>
    /// <param name="begin">Starts what the host side needs of threads: those that were started before would stay outside of
    /// the sandbox. Null: it needs none.</param>
    /// <returns>The exit status.</returns>
    internal int Run(Func<IReadOnlyList<ListeningSocket>> openSockets, Func<SocketSeat, Func<VirtioDevice>> devicesOf, Action? begin = null)
    {
        SignalFd.IgnoreBrokenPipes();
        SignalFd.IgnoreFileLimits();
        // The runtime takes signals on a thread. Where the sandbox cannot reach threads that are there already, that
        // one comes last, and the signals wait for it.
        using StopSignals? atOnce = _sandbox.Prepare(StopSignals.Numbers) ? null : new StopSignals(Stop);
        ListeningSocket[] sockets = _sockets = [.. openSockets()];
        try
        {
            for (int i = 0; i < sockets.Length; i++)
                _ = Prepare(sockets[i], i, devicesOf);
            using BackEndMeter? meter = OpenMetrics();
            _meter = meter;
            WarnOfUnusedSockets(sockets);
            ServiceManager.Connect();
            _sandbox.Enter(sockets.Select(s => s.OwnPath).Append(_metrics?.OwnPath).OfType<string>());
            begin?.Invoke();
            using StopSignals? late = atOnce is null ? new StopSignals(Stop) : null;
            using StateReport state = StateReport.OnSignal(() => _served, _sandbox.Description, _log);
            _metrics?.Start();
            Announce(sockets);
            RunLoops();
            ServiceManager.Notify("STOPPING=1");
        }
        finally
        {
            _metrics?.Dispose();
            foreach (ListeningSocket socket in _sockets)
                socket.Dispose();
        }

        if (_failure is not null)
            throw new StartupException(_failure);
        return 0;
    }

    /// <inheritdoc/>
    public void Add(string path, string option, Func<SocketSeat, Func<VirtioDevice>> devices)
    {
        ListeningSocket socket = ListeningSocket.Create(path, option, _options.Access);
        try
        {
            ServedSocket served = Prepare(socket, 0, devices);
            _sockets = [.. _sockets, socket];
            _meter?.Add(_options.Device, served.Name, served.Server.Counters);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public bool Remove(string path)
    {
        if (Array.Find(_served, s => s.Name == path) is not { } served)
            return false;
        served.Server.Dispose();
        _meter?.Remove(served.Server.Counters);
        foreach (ListeningSocket socket in _sockets.Where(s => s.Name == served.Name))
            socket.Dispose();
        _sockets = [.. _sockets.Where(s => s.Name != served.Name)];
        _served = [.. _served.Where(s => s != served)];
        return true;
    }

    private ServedSocket Prepare(ListeningSocket socket, int index, Func<SocketSeat, Func<VirtioDevice>> devicesOf)
    {
        StderrLogger log = _log.About(socket.Name);
        BackEndServer? server = null;
        EventLoop? loop = _options.LoopOf?.Invoke(index);
        Errno errno = loop is null ? EventLoop.Create(out loop) : Errno.Success;
        if (errno.IsSuccess)
        {
            loop!.PollTime = _options.PollTime;
            loop.OnFault = _faults.Report;
            Func<VirtioDevice> make = devicesOf(new SocketSeat(index, socket.Name, log));
            errno = socket.IsConnected
                ? BackEndServer.Serve(loop, socket.Fd, make, log, out server)
                : BackEndServer.Listen(loop, socket.Fd, make, log, out server);
        }

        if (errno.IsError)
            throw new StartupException($"{socket.Name} cannot be served: {errno}");
        // Nothing is read from a connection before the loop runs.
        server!.OffersIommu = _options.OffersIommu;
        server.Crew = MakeCrew(socket.Name, loop!);
        server.Idle += _collection.Offer;
        if (socket.IsConnected)
            server.Idle += loop!.Stop;
        ServedSocket served = new(socket.Name, loop!, server, log);
        _served = [.. _served, served];
        lock (_loops)
        {
            if (!_loops.Contains(loop!))
                _loops.Add(loop!);
            // The signal may have come before there was a loop to stop.
            if (_stopped)
                loop!.Stop();
        }

        return served;
    }

    private LoopCrew? MakeCrew(string name, EventLoop loop)
    {
        if (_options.QueueLoops == 0)
            return null;
        Errno errno = LoopCrew.Create(loop, _options.QueueLoops, out LoopCrew? crew);
        if (errno.IsError)
            throw new StartupException($"{name} cannot be served by so many loops: {errno}");
        _crews.Add(crew!);
        return crew;
    }

    // Whoever connects to one of them waits for ever.
    private void WarnOfUnusedSockets(ListeningSocket[] sockets)
    {
        int handedOver = ServiceManager.ListenFds();
        if (handedOver > 0 && Array.TrueForAll(sockets, s => s.OwnPath is not null))
            _log.LogWarning(
                "the {Count} socket(s) that the service manager handed over are not served, because the command line names others",
                handedOver);
    }

    // Without the option there is no meter, and nothing of it in the way.
    private BackEndMeter? OpenMetrics()
    {
        if (_options.MetricsSocket is not { } path)
            return null;
        BackEndMeter meter = new();
        foreach (ServedSocket socket in _served)
            meter.Add(_options.Device, socket.Name, socket.Server.Counters);
        _metrics = MetricsServer.Open(path, _log);
        return meter;
    }

    private void Announce(IReadOnlyList<ListeningSocket> sockets)
    {
        // Scripts wait for these lines, and no guest waits yet: a reader who is slow gets them all, within a second.
        long end = Environment.TickCount64 + AnnouncePatience;
        foreach (ListeningSocket socket in sockets)
        {
            _ = Stderr.WaitForRoom((int)Math.Max(0, end - Environment.TickCount64));
            _log.Always(socket.IsConnected ? $"serving the connection on {socket.Name}" : $"listening on {socket.Name}");
        }

        ServiceManager.Notify("READY=1");
    }

    // The first loop has the main thread; a daemon with one socket has no other, unless queues have.
    private void RunLoops()
    {
        foreach (LoopCrew crew in _crews)
            crew.Start(RunLoop);
        Thread[] threads = new Thread[_loops.Count - 1];
        for (int i = 0; i < threads.Length; i++)
        {
            EventLoop loop = _loops[i + 1];
            threads[i] = new Thread(() => RunLoop(loop)) { Name = $"socket-{i + 1}", IsBackground = true };
            threads[i].Start();
        }

        RunLoop(_loops[0]);
        foreach (Thread thread in threads)
            thread.Join();
        foreach (LoopCrew crew in _crews)
            crew.Dispose();
    }

    // A loop that fails takes the others with it, in an orderly way: sockets are removed, the status tells. A fault in
    // the code that a loop called is no reason for that: it costs what was being done, and the loop goes on by itself.
    private void RunLoop(EventLoop loop)
    {
        Errno errno = loop.Run();
        if (errno.IsSuccess)
            return;
        _failure = $"the event loop failed: {errno}";
        StopAll();
    }

    private void Stop(PosixSignalContext context)
    {
        context.Cancel = true;
        StopAll();
        try
        {
            new Thread(EndAnyhow) { IsBackground = true, Name = "end-anyhow" }.Start();
        }
        catch (OutOfMemoryException)
        {
            // There is no room for another thread, so the end waits for the loops.
        }
    }

    // A host side or memory that somebody serves slowly can hold a loop in a call. The end does not wait for that.
    private void EndAnyhow()
    {
        Thread.Sleep(s_stopPatience);
        _metrics?.RemoveSocket();
        foreach (ListeningSocket socket in _sockets)
            socket.Dispose();
        Environment.Exit(0);
    }

    private void StopAll()
    {
        lock (_loops)
        {
            _stopped = true;
            foreach (EventLoop loop in _loops)
                loop.Stop();
        }
    }
}
