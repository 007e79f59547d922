// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Hosting.Logging;
using VhostDevice.Hosting.Sockets;
using VhostDevice.Linux;

namespace VhostDevice.Hosting.Metrics;

/// <summary>
/// Answers GET /metrics over HTTP on a Unix socket, on a thread and loop of its own: whoever asks, however he does it,
/// no device notices.
/// </summary>
internal sealed class MetricsServer : IFdHandler, IDisposable
{
    /// <summary>Connections at a time; further ones wait in the socket's backlog.</summary>
    private const int MaxConnections = 16;

    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    private readonly ListeningSocket _socket;
    private readonly EventLoop _loop;
    private readonly StderrLogger _log;
    private readonly PrometheusText _text = new();
    private readonly List<MetricsConnection> _connections = [];
    private readonly Thread _thread;
    private FdWatch? _watch;
    private LoopTimer? _retry;

    private MetricsServer(ListeningSocket socket, EventLoop loop, StderrLogger log)
    {
        _socket = socket;
        _loop = loop;
        _loop.OnFault = new FaultLog(log).Report;
        _log = log;
        _thread = new Thread(Run) { Name = "metrics", IsBackground = true };
    }

    /// <summary>The path that is removed at the end.</summary>
    internal string? OwnPath => _socket.OwnPath;

    /// <summary>Begins to listen at a path; answers come from <see cref="Start"/> on.</summary>
    /// <exception cref="StartupException">Nobody can listen there.</exception>
    internal static MetricsServer Open(string path, StderrLogger log)
    {
        ListeningSocket socket = ListeningSocket.Create(path, "--metrics-socket");
        Errno errno = EventLoop.Create(out EventLoop? loop);
        MetricsServer? made = null;
        if (errno.IsSuccess)
        {
            made = new MetricsServer(socket, loop!, log.About(path));
            errno = loop!.CreateTimer(made.ResumeAccepting, out made._retry);
            if (errno.IsSuccess)
                errno = loop.Watch(socket.Fd.Fd, Readiness.Readable, made, out made._watch);
        }

        if (errno.IsError)
        {
            made?.Close();
            socket.Dispose();
            throw new StartupException($"{path} cannot be served: {errno}");
        }

        return made!;
    }

    /// <summary>Starts the thread that answers.</summary>
    internal void Start() => _thread.Start();

    public void OnReady(Readiness readiness)
    {
        Errno errno = UnixSocket.Accept(_socket.Fd.Fd, out OwnedFd? client);
        if (errno.IsSuccess)
        {
            errno = MetricsConnection.Start(_loop, client!, _text.Collect, End, out MetricsConnection? connection);
            if (errno.IsSuccess)
                _connections.Add(connection!);
        }

        if (errno.IsError && errno != Errno.EAGAIN && errno != Errno.ECONNRESET)
        {
            // Most likely out of descriptors. The socket stays readable, so trying at once would spin.
            _watch!.Interest = Readiness.None;
            _retry!.Start(s_pause);
        }
        else if (_connections.Count >= MaxConnections)
        {
            _watch!.Interest = Readiness.None;
        }
    }

    /// <summary>Removes the socket at once, from any thread: for the end that waits for nobody.</summary>
    internal void RemoveSocket() => _socket.Dispose();

    public void Dispose()
    {
        _loop.Stop();
        // It is a background thread in any case, started or not.
        if ((_thread.ThreadState & ThreadState.Unstarted) == 0)
            _thread.Join();
        Close();
        _socket.Dispose();
    }

    private void Run()
    {
        Errno errno = _loop.Run();
        if (errno.IsError)
            _log.LogError("no metrics any more, the event loop failed: {Errno}", errno);
    }

    private void End(MetricsConnection connection)
    {
        connection.Dispose();
        _connections.Remove(connection);
        if (_retry is not { IsSet: true })
            ResumeAccepting();
    }

    private void ResumeAccepting()
    {
        if (_connections.Count < MaxConnections)
            _watch!.Interest = Readiness.Readable;
    }

    private void Close()
    {
        foreach (MetricsConnection connection in _connections)
            connection.Dispose();
        _watch?.Dispose();
        _retry?.Dispose();
        _text.Dispose();
        _loop.Dispose();
    }
}
