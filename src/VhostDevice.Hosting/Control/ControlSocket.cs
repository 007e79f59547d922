// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Hosting.Logging;
using VhostDevice.Hosting.Sockets;
using VhostDevice.Linux;

namespace VhostDevice.Hosting.Control;

/// <summary>
/// The socket of --control-socket, on a thread and loop of its own: whoever talks to it, however he does it, no guest
/// waits. What is said there is the handler's matter.
/// </summary>
public sealed class ControlSocket : IDisposable
{
    /// <summary>The option, wherever there is one.</summary>
    public const string Option = "--control-socket";

    private readonly ListeningSocket _socket;
    private readonly EventLoop _loop;
    private readonly StderrLogger _log;
    private readonly Thread _thread;
    private LineServer? _server;
    private ILineHandler? _handler;

    private ControlSocket(ListeningSocket socket, EventLoop loop, StderrLogger log)
    {
        _socket = socket;
        _loop = loop;
        _loop.OnFault = new FaultLog(log).Report;
        _log = log;
        _thread = new Thread(Run) { Name = "control", IsBackground = true };
    }

    /// <summary>The path that is removed at the end.</summary>
    internal string? OwnPath => _socket.OwnPath;

    /// <summary>Listens at a path; answers come from <see cref="Start"/> on.</summary>
    /// <param name="handler">Makes what answers on the socket's loop; disposed with the socket if it can be.</param>
    /// <exception cref="StartupException">Nobody can listen there.</exception>
    internal static ControlSocket Open(string path, StderrLogger log, Func<EventLoop, ILineHandler> handler)
    {
        ListeningSocket socket = ListeningSocket.Create(path, Option);
        Errno errno = EventLoop.Create(out EventLoop? loop);
        if (errno.IsError)
        {
            socket.Dispose();
            throw new StartupException($"{path} cannot be served: {errno}");
        }

        ControlSocket made = new(socket, loop!, log.About(path));
        made._handler = handler(loop!);
        errno = LineServer.Listen(loop!, socket.Fd, made._handler, out made._server);
        if (errno.IsSuccess)
            return made;
        made.Dispose();
        throw new StartupException($"{path} cannot be served: {errno}");
    }

    /// <summary>Starts the thread that answers.</summary>
    internal void Start() => _thread.Start();

    public void Dispose()
    {
        _loop.Stop();
        // It is a background thread in any case, started or not.
        if ((_thread.ThreadState & ThreadState.Unstarted) == 0)
            _thread.Join();
        _server?.Dispose();
        (_handler as IDisposable)?.Dispose();
        _loop.Dispose();
        _socket.Dispose();
    }

    private void Run()
    {
        Errno errno = _loop.Run();
        if (errno.IsError)
            _log.LogError("nobody listens there any more, the event loop failed: {Errno}", errno);
    }
}
