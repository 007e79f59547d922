// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Hosting.Control;

/// <summary>Answers the lines of a <see cref="LineServer"/>'s clients, on the server's loop.</summary>
public interface ILineHandler
{
    /// <summary>One line, without its end.</summary>
    void OnLine(LineClient client, string line);

    /// <summary>The client is gone; what is sent to it from here on goes nowhere.</summary>
    void OnClosed(LineClient client);
}

/// <summary>
/// A control socket: whoever connects to it sends lines of UTF-8 and gets lines. A limited number of clients, each with
/// limited memory; one that does not read what it asked for is dropped, so nobody waits for it. When all places are
/// taken, a new client gets the place of the one that has been silent longest.
/// </summary>
public sealed class LineServer : IFdHandler, IDisposable
{
    /// <summary>Clients at a time.</summary>
    public const int MaxClients = 16;

    private readonly EventLoop _loop;
    private readonly OwnedFd _listener;
    private readonly ILineHandler _handler;
    private readonly List<LineClient> _clients = [];
    private readonly LoopTimer? _retry;
    private FdWatch? _watch;
    private bool _disposed;

    private LineServer(EventLoop loop, OwnedFd listener, ILineHandler handler)
    {
        _loop = loop;
        _listener = listener;
        _handler = handler;
        _ = loop.CreateTimer(Resume, out _retry);
    }

    /// <summary>Serves a listening, non-blocking Unix socket, which the server owns from now on, even when this fails.</summary>
    public static Errno Listen(EventLoop loop, OwnedFd listener, ILineHandler handler, out LineServer? server)
    {
        LineServer made = new(loop, listener, handler);
        Errno errno = loop.Watch(listener.Fd, Readiness.Readable, made, out made._watch);
        server = errno.IsSuccess ? made : null;
        if (errno.IsError)
            made.Dispose();
        return errno;
    }

    public void OnReady(Readiness readiness)
    {
        Errno errno = UnixSocket.Accept(_listener.Fd, out OwnedFd? connection);
        if (errno.IsError)
        {
            // Most likely out of descriptors. The socket stays readable, so trying at once would spin.
            if (errno != Errno.EAGAIN && errno != Errno.ECONNRESET)
            {
                _watch!.Interest = Readiness.None;
                _retry?.Start(TimeSpan.FromSeconds(1));
            }

            return;
        }

        if (_clients.Count == MaxClients)
            MostIdle().Close();
        LineClient client = new(this, connection!);
        if (client.Start(_loop).IsError)
        {
            client.Dispose();
            return;
        }

        _clients.Add(client);
    }

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _watch?.Dispose();
        _retry?.Dispose();
        foreach (LineClient client in _clients.ToArray())
            client.Close();
        _listener.Dispose();
    }

    internal void Received(LineClient client, string line) => _handler.OnLine(client, line);

    internal void Closed(LineClient client)
    {
        if (_clients.Remove(client))
            _handler.OnClosed(client);
    }

    // One that waits for an answer, or watches, comes last.
    private LineClient MostIdle()
    {
        LineClient most = _clients[0];
        foreach (LineClient client in _clients)
        {
            if (client.IsOwed == most.IsOwed ? client.LastUsed < most.LastUsed : most.IsOwed)
                most = client;
        }

        return most;
    }

    private void Resume()
    {
        if (!_disposed)
            _watch!.Interest = Readiness.Readable;
    }
}
