// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging;
using VhostDevice.Hosting;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Can;

/// <summary>
/// Joins two buses: what is sent on one is sent on the other, on a thread of its own. A frame that a bus does not take within
/// <see cref="Patience"/> is lost, and those after it at once until the bus takes one again. Nothing comes back to where it was sent.
/// </summary>
internal sealed class CanBridge : IDisposable
{
    /// <summary>How long a frame waits for a bus that is busy.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);

    private const int MaxWaiting = 1024;

    private static readonly TimeSpan s_retry = TimeSpan.FromMilliseconds(1);

    private readonly EventLoop _loop;
    private readonly ICanBus _bus;
    private readonly ICanBus _outside;
    private readonly ILogger _log;
    private readonly Side _own;
    private readonly Side _other;
    private bool _isBegun;

    private CanBridge(EventLoop loop, ICanBus bus, ICanBus outside, ILogger log)
    {
        _loop = loop;
        _bus = bus;
        _outside = outside;
        _log = log;
        _own = new Side(this, bus);
        _other = new Side(this, outside);
        _own.JoinWith(_other);
        _other.JoinWith(_own);
    }

    /// <summary>Joins a bus to an interface of the host, <c>can0</c>, or to a peer over UDP, <c>udp:192.168.1.2:20000</c>.</summary>
    /// <exception cref="StartupException">That is not possible.</exception>
    internal static CanBridge Open(ICanBus bus, string outside, ILogger log)
    {
        ICanBus end = outside.StartsWith("udp:", StringComparison.Ordinal) ? OpenUdp(outside) : SocketCanBus.Open(outside, log);
        return Between(bus, end, log);
    }

    /// <summary>Joins two buses; the second is the bridge's.</summary>
    /// <exception cref="StartupException">That is not possible.</exception>
    internal static CanBridge Between(ICanBus bus, ICanBus outside, ILogger log)
    {
        Errno errno = EventLoop.Create(out EventLoop? loop);
        if (errno.IsSuccess)
            return new CanBridge(loop!, bus, outside, log);
        (outside as IDisposable)?.Dispose();
        throw new StartupException($"the bus {bus.Name} cannot be joined to {outside.Name}: {errno}");
    }

    /// <summary>What crossed, for people.</summary>
    internal string Report => $"{_outside.Name}: {_own.Passed} out, {_other.Passed} in, {_own.Lost + _other.Lost} lost";

    /// <summary>Opens what needs rights; frames wait until <see cref="Begin"/>.</summary>
    internal void Start()
    {
        _own.Start();
        _other.Start();
    }

    /// <summary>Starts the thread.</summary>
    internal void Begin()
    {
        _isBegun = true;
        new Thread(Run, 256 * 1024) { IsBackground = true, Name = "can-bridge" }.Start();
    }

    /// <summary>Does not wait: it may be called with the bus's lock held, which the thread takes when it leaves.</summary>
    public void Dispose()
    {
        if (_isBegun)
            _loop.Stop();
        else
            End();
    }

    private static CannelloniBus OpenUdp(string text)
    {
        // udp:ADDRESS:PORT[:LOCAL], an address of IPv6 in brackets.
        string rest = text[4..];
        bool isBracketed = rest.StartsWith('[');
        int end = isBracketed ? rest.IndexOf("]:", StringComparison.Ordinal) : rest.IndexOf(':', StringComparison.Ordinal);
        string[] ports = end < 0 ? [] : rest[(end + (isBracketed ? 2 : 1))..].Split(':');
        if (ports.Length is not (1 or 2) || !TryPort(ports[0], out ushort port) || !TryPort(ports[^1], out ushort local))
            throw new StartupException($"'{text}' is no peer: udp:ADDRESS:PORT, or udp:ADDRESS:PORT:LOCALPORT", isUsage: true);
        return CannelloniBus.Open(text, isBracketed ? rest[1..end] : rest[..end], port, local);

        static bool TryPort(string text, out ushort port) =>
            ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port > 0;
    }

    private void Run()
    {
        Errno errno = _loop.Run();
        if (errno.IsError)
            _log.LogError("the bridge of {Bus} to {Outside} has ended: {Errno}", _bus.Name, _outside.Name, errno);
        End();
    }

    private void End()
    {
        _own.Dispose();
        _other.Dispose();
        (_outside as IDisposable)?.Dispose();
        _loop.Dispose();
    }

    // One end: what comes from its bus goes to the other's.
    private sealed class Side : ICanGuest, IDisposable
    {
        private readonly CanBridge _bridge;
        private readonly ICanBus _bus;
        private readonly ICanStation _station;
        private readonly LoopMailbox<CanFrame> _waiting;
        private readonly Action _again;
        private readonly Action _restart;
        private LoopTimer? _timer;
        private Side? _other;
        private long _waitsSince;
        private bool _waits;
        private bool _isLate;
        private long _lost;
        private long _passed;

        internal Side(CanBridge bridge, ICanBus bus)
        {
            _bridge = bridge;
            _bus = bus;
            _waiting = new LoopMailbox<CanFrame>(bridge._loop, MaxWaiting, Deliver);
            _station = bus.Join(bridge._loop, this);
            _again = Again;
            _restart = Start;
            // Without a timer a bus that is busy loses frames.
            _ = bridge._loop.CreateTimer(Again, out _timer);
        }

        public bool HasRoom => _waiting.Count < MaxWaiting;

        internal long Lost => Volatile.Read(ref _lost);

        internal long Passed => Volatile.Read(ref _passed);

        public bool TryReceive(in CanFrame frame)
        {
            if (frame.IsError || _waiting.TryAdd(frame))
                return true;
            Lose();
            return false;
        }

        // What the other side's bus has to say to who sends there is said to the other side, and concerns this one's frames.
        public void SendAgain() => _bridge._loop.Post(_other!._again);

        public void ReportBusOff() => _bridge._loop.Post(_restart);

        public void Dispose()
        {
            _station.Dispose();
            _timer?.Dispose();
            _timer = null;
        }

        internal void JoinWith(Side other) => _other = other;

        internal void Start() => _station.Start();

        private bool Deliver(CanFrame frame)
        {
            CanSend outcome = _other!._station.Send(frame, mayWait: !_isLate);
            if (outcome == CanSend.Busy && !_isLate && _timer is not null)
            {
                if (!_waits)
                    _waitsSince = Stopwatch.GetTimestamp();
                _waits = true;
                _timer.Start(s_retry);
                return false;
            }

            if (outcome == CanSend.Sent)
            {
                _waits = _isLate = false;
                Volatile.Write(ref _passed, _passed + 1);
            }
            else
            {
                Lose();
            }

            if (_waiting.Count <= MaxWaiting / 2)
                _station.MadeRoom();
            return true;
        }

        private void Again()
        {
            if (_waits && Stopwatch.GetElapsedTime(_waitsSince) >= Patience)
            {
                if (!_isLate)
                    _bridge._log.LogWarning("{From} loses frames: {To} does not take them", _bus.Name, _other!._bus.Name);
                _isLate = true;
            }

            _waiting.Resume();
        }

        private void Lose() => Interlocked.Increment(ref _lost);
    }
}
