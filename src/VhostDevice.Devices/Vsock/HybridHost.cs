// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Vsock;

/// <summary>
/// The hybrid scheme of Firecracker and others: host programs connect to one Unix socket and say to which port of the
/// guest they want; the guest's connections to port N of the host go to the Unix socket PATH_N.
/// </summary>
public sealed class HybridHost : IVsockHost, IFdHandler
{
    private static readonly TimeSpan s_retry = TimeSpan.FromMilliseconds(200);

    private readonly OwnedFd _listener;
    private readonly UnixAddress _ports;
    private readonly ILogger _log;
    private VsockGuest? _guest;
    private FdWatch? _watch;
    private LoopTimer? _retry;

    /// <param name="listener">Listening and non-blocking; owned from now on.</param>
    /// <param name="ports">PATH_, to which ports are appended.</param>
    public HybridHost(OwnedFd listener, UnixAddress ports, ILogger log)
    {
        _listener = listener;
        _ports = ports;
        _log = log;
    }

    public bool Greets => true;

    public bool CutsMessages => false;

    public bool HidesClose => false;

    public bool Serves(ulong cid) => cid == VsockCid.Host;

    public Errno Connect(uint port, bool messages, WatchedFd target) => _ports.Connect(port, messages, target);

    public Errno Start(EventLoop loop, VsockGuest guest)
    {
        _guest = guest;
        Errno errno = loop.CreateTimer(Resume, out _retry);
        return errno.IsError ? errno : loop.Watch(_listener.Fd, Readiness.Readable, this, out _watch);
    }

    /// <summary>One at a time: the loop comes back for the next, after all others had their chance.</summary>
    public void OnReady(Readiness readiness)
    {
        Errno errno = _guest!.Device is { } device ? device.Accept(_listener.Fd) : Refuse();
        if (errno.IsSuccess || errno == Errno.EAGAIN || errno == Errno.ECONNRESET)
            return;
        // Most likely out of descriptors. The socket stays readable, so trying at once would spin.
        _log.LogWarning("a host program's connection cannot be accepted: {Errno}", errno);
        _watch!.Interest = Readiness.None;
        _retry!.Start(s_retry);
    }

    public void Dispose()
    {
        _watch?.Dispose();
        _retry?.Dispose();
        _listener.Dispose();
    }

    // There is no guest that could answer. The program reads the end, whatever it has written by now.
    private Errno Refuse()
    {
        Errno errno = UnixSocket.Accept(_listener.Fd, out OwnedFd? connection);
        if (connection is not null)
            StreamSocket.DiscardInput(connection.Fd);
        connection?.Dispose();
        return errno;
    }

    private void Resume() => _watch!.Interest = Readiness.Readable;
}
