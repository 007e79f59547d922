// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Hosting;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Can;

/// <summary>
/// A bus behind a peer that speaks cannelloni's format over UDP, such as cannelloni itself. Frames that come at the same time share
/// a datagram. A peer that is not there costs nothing and is no error: what is sent to it is lost, as on UDP in any case.
/// </summary>
internal sealed class CannelloniBus : ICanBus, IDisposable
{
    // What goes through most networks in one piece.
    private const int MaxDatagram = 1400;

    private readonly OwnedFd _socket;

    private CannelloniBus(string name, OwnedFd socket)
    {
        Name = name;
        _socket = socket;
    }

    public string Name { get; }

    public bool TakesFd => true;

    /// <summary>Opens the socket; frames cross once a station is started.</summary>
    /// <param name="address">Of the peer, in numbers.</param>
    /// <exception cref="StartupException">There is no such address, or the local port is taken.</exception>
    internal static CannelloniBus Open(string name, string address, ushort port, ushort localPort)
    {
        Errno errno = UdpSocket.Connect(address, port, localPort, out OwnedFd? socket);
        return errno.IsSuccess ? new CannelloniBus(name, socket!) : throw new StartupException(
            errno == Errno.EINVAL ? $"'{address}' of '{name}' is no address of IPv4 or IPv6 in numbers"
            : errno == Errno.ELOOP ? $"'{name}' is this side itself: name another local port behind a colon"
            : errno == Errno.EADDRINUSE ? $"the UDP port {localPort} of '{name}' is taken: end who has it, or name another one behind a colon"
            : $"'{name}' cannot be used: {errno}");
    }

    public ICanStation Join(EventLoop loop, ICanGuest guest) => new Station(this, loop, guest);

    public void Dispose() => _socket.Dispose();

    private sealed unsafe class Station(CannelloniBus bus, EventLoop loop, ICanGuest guest) : ICanStation, IFdHandler, IDeferred
    {
        private const int MaxReads = 16;

        private readonly byte[] _datagram = new byte[MaxDatagram];
        private readonly byte[] _received = new byte[1 << 16];
        private FdWatch? _watch;
        private int _length = CannelloniFormat.HeadBytes;
        private int _frames;
        private byte _sequence;

        public void Start()
        {
            if (_watch is null)
                _ = loop.Watch(bus._socket.Fd, Readiness.Readable, this, out _watch);
        }

        public void Stop()
        {
            _watch?.Dispose();
            _watch = null;
        }

        public CanSend Send(in CanFrame frame, bool mayWait)
        {
            if (_watch is null)
                return CanSend.Failed;
            if (_frames == 0)
                loop.Defer(this);
            if (_length + CannelloniFormat.MaxFrame > MaxDatagram)
                Flush();
            _length += CannelloniFormat.WriteFrame(frame, _datagram.AsSpan(_length));
            _frames++;
            return CanSend.Sent;
        }

        public void MadeRoom()
        {
        }

        public void Dispose() => Stop();

        void IDeferred.RunDeferred() => Flush();

        void IFdHandler.OnReady(Readiness readiness)
        {
            for (int i = 0; i < MaxReads && _watch is not null; i++)
            {
                nint n;
                Errno errno;
                fixed (byte* p = _received)
                    n = FileIo.Read(bus._socket.Fd, p, (nuint)_received.Length, out errno);
                if (errno == Errno.EAGAIN)
                    return;
                // ECONNREFUSED: nobody takes what was sent.
                if (n > 0)
                    Take(_received.AsSpan(0, (int)n));
            }
        }

        private void Take(ReadOnlySpan<byte> datagram)
        {
            if (!CannelloniFormat.TryReadHead(ref datagram, out int frames))
                return;
            for (; frames > 0 && CannelloniFormat.TryReadFrame(ref datagram, out CanFrame frame, out bool isUseful); frames--)
            {
                if (isUseful)
                    _ = guest.TryReceive(frame);
            }
        }

        private void Flush()
        {
            if (_frames == 0)
                return;
            CannelloniFormat.WriteHead(_datagram, _sequence++, _frames);
            fixed (byte* p = _datagram)
                _ = FileIo.Write(bus._socket.Fd, p, (nuint)_length, out _);
            _length = CannelloniFormat.HeadBytes;
            _frames = 0;
        }
    }
}
