// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Can;

/// <summary>
/// A bus within this process: what one guest sends all others on it get, in the same order. Guests on any number of loops;
/// one lock, held for one frame. With a bit rate a frame takes its time, and of several that wait the one with the lowest
/// identifier comes first.
/// </summary>
/// <remarks>
/// Without a bit rate nothing is lost between guests that receive what they are sent: a sender waits for the slowest. One that
/// receives nothing for as long as a sender's patience lasts loses frames from then on, and nobody waits for it until it receives
/// again. With a bit rate nobody waits for a receiver, as on a real bus.
/// </remarks>
public sealed partial class SimulatedCanBus : ICanBus, IDisposable
{
    private readonly Lock _gate;
    private readonly Watching? _watch;
    private readonly Station? _people;
    private Station[] _started = [];
    private ICanPart[] _parts = [];
    private int _guests;
    private bool _isGiving;
    private bool _partsHaveTheirTurn;

    /// <param name="name">For people.</param>
    /// <param name="rate">Null: frames take no time.</param>
    public SimulatedCanBus(string name, CanBitRate? rate = null)
        : this(name, new Lock(), watch: null, rate)
    {
    }

    /// <param name="gate">The one lock.</param>
    /// <param name="watch">Sees every frame when it is on the bus, under the lock.</param>
    /// <param name="time">What frames take their time by; null: the system's.</param>
    internal SimulatedCanBus(string name, Lock gate, Watching? watch, CanBitRate? rate = null, TimeProvider? time = null)
    {
        Name = name;
        BitRate = rate;
        _gate = gate;
        _watch = watch;
        _time = time is null || time == TimeProvider.System ? PreciseTime.Instance : time;
        if (rate is null)
            return;
        _timer = _time.CreateTimer(static bus => ((SimulatedCanBus)bus!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _windowFrom = _freeAt = _time.GetTimestamp();
        _people = new Station(this, new Nobody(), new CanNode(), PeoplesPlaces);
        _people.Start();
    }

    internal delegate void Watching(in CanFrame frame);

    public string Name { get; }

    public bool TakesFd => true;

    public bool ConfirmsSending => BitRate is not null;

    /// <summary>Null: frames take no time.</summary>
    public CanBitRate? BitRate { get; }

    /// <summary>Whether anybody is there to whom a part's frames matter: a guest that has started. Under the lock.</summary>
    internal bool HasGuests => _guests > 0;

    /// <summary>Errors for frames of whoever sends. Under the lock.</summary>
    internal CanFaultPlan Faults { get; } = new();

    public ICanStation Join(EventLoop loop, ICanGuest guest) => Join(guest, new CanNode());

    /// <summary>Sends a frame that is nobody's to all guests; lost to those that have no room. From any thread.</summary>
    /// <returns>False: it was not sent. The bus has a bit rate, and as many frames wait as may.</returns>
    public bool Inject(in CanFrame frame)
    {
        lock (_gate)
        {
            if (_people is not null)
                return _people.Send(frame, mayWait: false) == CanSend.Sent;
            Give(frame, sender: null);
            return true;
        }
    }

    /// <summary>Nothing is sent any more. Guests may stay.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isEnded = true;
            _timer?.Dispose();
        }
    }

    /// <param name="node">What of the guest's controller outlives it.</param>
    internal ICanStation Join(ICanGuest guest, CanNode node) => new Station(this, guest, node, BitRate is null ? 0 : Places);

    /// <summary>A controller has left the bus because of errors. Under the lock.</summary>
    internal void TakeOff(CanNode node)
    {
        node.GoBusOff();
        foreach (Station station in _started)
        {
            if (station.Node != node)
                continue;
            station.Stop();
            station.Guest.ReportBusOff();
            // Nobody restarts parts and what sends for people.
            if (!station.IsGuest)
                station.Start();
        }
    }

    /// <summary>
    /// Puts a part of the board on the bus, started and for good. The part sends only when it has its turn, which it asks
    /// for with <see cref="GiveTurns"/> when it has something to say of its own. On a bus with a bit rate it may be busy.
    /// </summary>
    internal ICanStation Join(ICanPart part)
    {
        lock (_gate)
        {
            Station station = new(this, part, new CanNode(), BitRate is null ? 0 : PeoplesPlaces);
            station.Start();
            _parts = [.. _parts, part];
            return station;
        }
    }

    /// <summary>
    /// Lets the parts send, each in its turn. While a frame is being given to everybody they wait until all have it, so that
    /// all see a question before its answer. Under the lock.
    /// </summary>
    internal void GiveTurns()
    {
        if (_isGiving || _partsHaveTheirTurn)
            return;
        _partsHaveTheirTurn = true;
        try
        {
            for (bool any = true; any;)
            {
                any = false;
                foreach (ICanPart part in _parts)
                    any |= part.TakeTurn();
            }
        }
        finally
        {
            _partsHaveTheirTurn = false;
        }
    }

    private void Give(in CanFrame frame, Station? sender)
    {
        _isGiving = true;
        _watch?.Invoke(frame);
        foreach (Station station in _started)
        {
            if (station != sender)
                station.Get(frame);
        }

        _isGiving = false;
        if (_parts.Length > 0)
            GiveTurns();
    }

    private void TellParts(bool hadGuests)
    {
        if (hadGuests == HasGuests)
            return;
        foreach (ICanPart part in _parts)
            part.GuestsChanged();
    }

    // Who sends for people, on a bus with a bit rate.
    private sealed class Nobody : ICanGuest
    {
        public bool HasRoom => true;

        public bool TryReceive(in CanFrame frame) => true;

        public void ReportBusOff()
        {
        }

        public void SendAgain()
        {
        }
    }
}
