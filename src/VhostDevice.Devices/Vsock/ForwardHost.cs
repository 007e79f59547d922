// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Vsock;

/// <summary>
/// AF_VSOCK sockets of this machine as the host's side: the guest's connections go to one CID, whatever CID the guest
/// names, and connections to some ports of this machine go to the same ports of the guest.
/// </summary>
public sealed class ForwardHost : IVsockHost
{
    private static readonly TimeSpan s_retry = TimeSpan.FromMilliseconds(200);

    private readonly uint _cid;
    private readonly ILogger _log;
    private readonly List<PortListener> _listeners = [];

    /// <param name="cid">To whom the guest's connections go.</param>
    public ForwardHost(uint cid, ILogger log)
    {
        _cid = cid;
        _log = log;
    }

    public bool Greets => false;

    public bool CutsMessages => true;

    public bool HidesClose => true;

    public bool Serves(ulong cid) => true;

    /// <summary>Takes connections to a port of this machine, before <see cref="Start"/>.</summary>
    /// <param name="messages">SEQPACKET connections instead of streams: Linux has one listener for a port, of one type.</param>
    public Errno Listen(uint port, bool messages)
    {
        Errno errno = VmSocket.Listen(port, messages, out OwnedFd? listener);
        if (errno.IsSuccess)
            _listeners.Add(new PortListener(this, listener!, port, messages));
        return errno;
    }

    public Errno Connect(uint port, bool messages, WatchedFd target) => VmSocket.Connect(_cid, port, messages, target);

    public Errno Start(EventLoop loop, VsockGuest guest)
    {
        foreach (PortListener listener in _listeners)
        {
            Errno errno = listener.Start(loop, guest);
            if (errno.IsError)
                return errno;
        }

        return Errno.Success;
    }

    public void Dispose()
    {
        foreach (PortListener listener in _listeners)
            listener.Dispose();
    }

    private sealed class PortListener(ForwardHost host, OwnedFd listener, uint port, bool messages) : IFdHandler, IDisposable
    {
        private VsockGuest? _guest;
        private FdWatch? _watch;
        private LoopTimer? _retry;
        private WatchedFd? _refused;

        internal Errno Start(EventLoop loop, VsockGuest guest)
        {
            _guest = guest;
            _refused = new WatchedFd(loop, this);
            Errno errno = loop.CreateTimer(() => _watch!.Interest = Readiness.Readable, out _retry);
            return errno.IsError ? errno : loop.Watch(listener.Fd, Readiness.Readable, this, out _watch);
        }

        public void OnReady(Readiness readiness)
        {
            Errno errno = _guest!.Device is { } device ? device.AcceptFrom(listener.Fd, port, messages) : Refuse();
            if (errno.IsSuccess || errno == Errno.EAGAIN || errno == Errno.ECONNRESET)
                return;
            host._log.LogWarning("a connection to port {Port} cannot be accepted: {Errno}", port, errno);
            _watch!.Interest = Readiness.None;
            _retry!.Start(s_retry);
        }

        public void Dispose()
        {
            _watch?.Dispose();
            _retry?.Dispose();
            _refused?.Dispose();
            listener.Dispose();
        }

        private Errno Refuse()
        {
            Errno errno = VmSocket.Accept(listener.Fd, _refused!, out _, out _);
            _refused!.Close();
            return errno;
        }
    }
}
