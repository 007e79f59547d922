// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Hosting.Logging;
using VhostDevice.Hosting.Sandbox;
using VhostDevice.Hosting.Sockets;
using VhostDevice.Linux;

namespace VhostDevice.Hosting.Control;

/// <summary>
/// The socket of --control-socket, on a thread and loop of its own: whoever talks to it, however he does it, no guest
/// waits. What is said there is the handler's matter.
/// </summary>
internal sealed class ControlSocket : IDisposable
{
    /// <summary>The option, wherever there is one.</summary>
    internal const string Option = "--control-socket";

    private readonly ListeningSocket _socket;
    private readonly EventLoop _loop;
    private readonly StderrLogger _log;
    private readonly Thread _thread;
    private IDisposable? _server;

    private ControlSocket(ListeningSocket socket, EventLoop loop, StderrLogger log)
    {
        _socket = socket;
        _loop = loop;
        _loop.OnFault = new FaultLog(log).Report;
        _log = log;
        _thread = new Thread(Run) { Name = "control", IsBackground = true };
    }

    /// <summary>Serves a loop and a listening socket, which it owns from then on, even when it fails.</summary>
    internal delegate Errno Listen(EventLoop loop, OwnedFd listener, out IDisposable? server);

    /// <summary>Listens at a path; answers come from <see cref="Start"/> on.</summary>
    /// <exception cref="StartupException">Nobody can listen there.</exception>
    internal static ControlSocket Open(string path, StderrLogger log, Listen listen)
    {
        ListeningSocket socket = ListeningSocket.Create(path, Option);
        Errno errno = EventLoop.Create(out EventLoop? loop);
        if (errno.IsError)
        {
            socket.Dispose();
            throw new StartupException($"{path} cannot be served: {errno}");
        }

        ControlSocket made = new(socket, loop!, log.About(path));
        errno = listen(loop!, socket.Fd, out made._server);
        if (errno.IsSuccess)
            return made;
        made.Dispose();
        throw new StartupException($"{path} cannot be served: {errno}");
    }

    /// <summary>Has the sandbox leave what the end needs.</summary>
    internal void Allow(ProcessSandbox sandbox)
    {
        if (_socket.OwnPath is { } path)
            sandbox.AllowRemoval(path);
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
