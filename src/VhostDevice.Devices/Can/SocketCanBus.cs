// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Hosting;
using VhostDevice.Linux;
using VhostDevice.Linux.Sandbox;

namespace VhostDevice.Devices.Can;

/// <summary>
/// An interface of the host, for the guests of one socket, one after the other. One socket for both directions, so that no
/// guest gets its own frames back. Bit rate, sample point and whether the interface is up are the host's business.
/// </summary>
public sealed class SocketCanBus : ICanBus, IDisposable
{
    private const int MaxReads = 64;

    private readonly OwnedFd _socket;
    private readonly ILogger _log;
    private readonly SocketCanOptions _options;
    private Station? _current;
    private bool _hasVanished;

    private SocketCanBus(string name, OwnedFd socket, bool takesFd, SocketCanOptions options, ILogger log)
    {
        _options = options;
        Name = name;
        TakesFd = takesFd;
        _socket = socket;
        _log = log;
    }

    /// <summary>
    /// The system calls of a bus that serves: its socket is open by then, but an interface that has vanished and come again is
    /// another one.
    /// </summary>
    internal static IReadOnlyList<CallRule> Calls =>
    [
        new(SystemCalls.setsockopt, ArgumentCheck.Is(1, CallArguments.SOL_CAN_RAW)),
        new(SystemCalls.bind),
        CallRule.Ioctl(CallArguments.SIOCGIFINDEX),
    ];

    public string Name { get; }

    public bool TakesFd { get; }

    public bool ConfirmsSending => _options.ConfirmsSending;

    /// <summary>Opens an interface; it may be down.</summary>
    /// <exception cref="StartupException">There is none of that name, or it cannot be used.</exception>
    public static SocketCanBus Open(string name, ILogger log, SocketCanOptions? options = null)
    {
        Errno errno = CanSocket.Open(name, out OwnedFd? socket, out bool takesFd);
        if (errno.IsSuccess)
            return new SocketCanBus(name, socket!, takesFd, options ?? new SocketCanOptions(), log);
        throw new StartupException(
            errno == Errno.EAFNOSUPPORT ? "this kernel has no CAN: load the module can-raw, or use --simulate"
            : errno == Errno.ENODEV ? $"the host has no CAN interface '{name}' ('ip link show type can' and 'type vcan' list them)"
            : $"the CAN interface '{name}' cannot be used: {errno}");
    }

    public ICanStation Join(EventLoop loop, ICanGuest guest) => new Station(this, loop, guest);

    public void Dispose() => _socket.Dispose();

    private void Reopen()
    {
        if (!_hasVanished)
            return;
        Errno errno = CanSocket.Bind(_socket.Fd, Name);
        _hasVanished = errno.IsError;
        if (errno.IsError)
            _log.LogWarning("{Bus} is not there: {Errno}; it is looked for again when the guest starts its interface", Name, errno);
        else
            _log.LogInformation("{Bus} is there again", Name);
    }

    private sealed class Station(SocketCanBus bus, EventLoop loop, ICanGuest guest) : ICanStation, IFdHandler
    {
        // Frames that the kernel has still to confirm; more than the longest queue of an interface.
        private const int MaxUnconfirmed = 4096;

        private readonly Queue<CanFrame> _unconfirmed = new();
        private FdWatch? _watch;
        private bool _confirms;

        public void Start()
        {
            if (_watch is not null)
                return;
            bus._current?.Stop();
            bus.Reopen();
            // What came while nobody listened is for nobody.
            while (CanSocket.Read(bus._socket.Fd, out _).IsSuccess)
            {
            }

            _confirms = bus.ConfirmsSending && guest.WantsConfirmations;
            _unconfirmed.Clear();
            Errno errno = loop.Watch(bus._socket.Fd, Readiness.Readable, this, out _watch);
            if (errno.IsSuccess && bus.ConfirmsSending)
                errno = CanSocket.SetReceivingOwn(bus._socket.Fd, _confirms);
            // Frames of its own pass no filter of what it receives.
            if (errno.IsSuccess)
                errno = CanSocket.SetReceiving(bus._socket.Fd, on: true, _confirms ? default : bus._options.Received);
            if (errno.IsError)
                bus._log.LogWarning("the guest receives nothing of {Bus}: {Errno}", bus.Name, errno);
            bus._current = this;
        }

        public void Stop()
        {
            if (_watch is null)
                return;
            _ = CanSocket.SetReceiving(bus._socket.Fd, on: false);
            _watch.Dispose();
            _watch = null;
            bus._current = null;
        }

        public CanSend Send(in CanFrame frame, bool mayWait)
        {
            Errno errno = CanSocket.Write(bus._socket.Fd, frame);
            if (errno.IsError)
                return errno == Errno.ENOBUFS || errno == Errno.EAGAIN ? CanSend.Busy : CanSend.Failed;
            bus._options.Watch?.Invoke(frame);
            if (_confirms)
                Expect(frame);
            return CanSend.Sent;
        }

        public void MadeRoom()
        {
        }

        public void Dispose() => Stop();

        void IFdHandler.OnReady(Readiness readiness)
        {
            for (int i = 0; i < MaxReads && _watch is not null; i++)
            {
                bool isOwn = false;
                Errno errno = _confirms
                    ? CanSocket.Read(bus._socket.Fd, out CanFrame frame, out isOwn)
                    : CanSocket.Read(bus._socket.Fd, out frame);
                if (errno == Errno.EAGAIN)
                    return;
                if (errno.IsError)
                    Failed(errno);
                else if (isOwn)
                    Confirm(frame);
                else if (frame.IsError)
                    Report(frame);
                else
                    Take(frame);
            }
        }

        private void Take(in CanFrame frame)
        {
            bus._options.Watch?.Invoke(frame);
            _ = guest.TryReceive(frame);
        }

        private void Expect(in CanFrame frame)
        {
            if (_unconfirmed.Count == MaxUnconfirmed)
            {
                _ = _unconfirmed.Dequeue();
                guest.Confirm(wasSent: false);
            }

            _unconfirmed.Enqueue(frame);
        }

        // They come in their order. Those before it are lost: an interface that goes down forgets its queue.
        private void Confirm(in CanFrame frame)
        {
            int before = 0;
            bool isExpected = false;
            foreach (CanFrame sent in _unconfirmed)
            {
                isExpected = sent.IsSame(frame);
                if (isExpected)
                    break;
                before++;
            }

            if (!isExpected)
                return;
            for (; before > 0; before--)
            {
                _ = _unconfirmed.Dequeue();
                guest.Confirm(wasSent: false);
            }

            _ = _unconfirmed.Dequeue();
            guest.Confirm(wasSent: true);
        }

        // The kernel says each of these once.
        private void Failed(Errno errno)
        {
            bus._hasVanished |= errno == Errno.ENODEV;
            bus._log.LogWarning(
                "{Bus} {What}",
                bus.Name,
                errno == Errno.ENETDOWN ? "went down" : errno == Errno.ENODEV ? "has vanished" : $"reports {errno}");
        }

        private void Report(in CanFrame frame)
        {
            if (frame.IsBusOff)
                guest.ReportBusOff();
            else if (frame.IsRestarted)
                bus._log.LogInformation("{Bus} is back on the bus", bus.Name);
        }
    }
}
