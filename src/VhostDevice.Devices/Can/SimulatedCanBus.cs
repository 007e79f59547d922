// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Can;

/// <summary>
/// A bus within this process: what one guest sends all others on it get, in the same order. Guests on any number of loops;
/// one lock, held for one frame.
/// </summary>
/// <remarks>
/// Nothing is lost between guests that receive what they are sent: a sender waits for the slowest. One that receives
/// nothing for as long as a sender's patience lasts loses frames from then on, and nobody waits for it until it receives
/// again.
/// </remarks>
public sealed class SimulatedCanBus : ICanBus
{
    private readonly Lock _gate;
    private readonly Watching? _watch;
    private Station[] _started = [];
    private ICanPart[] _parts = [];
    private bool _partsHaveTheirTurn;

    /// <param name="name">For people.</param>
    public SimulatedCanBus(string name)
        : this(name, new Lock(), watch: null)
    {
    }

    /// <param name="gate">The one lock.</param>
    /// <param name="watch">Sees every frame, under the lock.</param>
    internal SimulatedCanBus(string name, Lock gate, Watching? watch)
    {
        Name = name;
        _gate = gate;
        _watch = watch;
    }

    internal delegate void Watching(in CanFrame frame);

    public string Name { get; }

    public bool TakesFd => true;

    public ICanStation Join(EventLoop loop, ICanGuest guest) => new Station(this, guest);

    /// <summary>
    /// Puts a part of the board on the bus, started and for good. The part calls <see cref="ICanStation.Send"/> when it has
    /// its turn, and at moments of its own; always with the lock held.
    /// </summary>
    internal ICanStation Join(ICanPart part)
    {
        lock (_gate)
        {
            Station station = new(this, part);
            station.Start();
            _parts = [.. _parts, part];
            return station;
        }
    }

    /// <summary>Whether anybody is there to whom a part's frames matter: a guest that has started. Under the lock.</summary>
    internal bool HasGuests => _started.Length > _parts.Length;

    /// <summary>Sends a frame that is nobody's to all guests; lost to those that have no room. From any thread.</summary>
    public void Inject(in CanFrame frame)
    {
        lock (_gate)
            Give(frame, sender: null);
    }

    private void Give(in CanFrame frame, Station? sender)
    {
        _watch?.Invoke(frame);
        foreach (Station station in _started)
        {
            if (station != sender)
                station.Get(frame);
        }

        LetPartsAnswer();
    }

    // After everybody has the frame, so that all see a question before its answer.
    private void LetPartsAnswer()
    {
        if (_parts.Length == 0 || _partsHaveTheirTurn)
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

    private void TellParts(bool hadGuests)
    {
        if (hadGuests == HasGuests)
            return;
        foreach (ICanPart part in _parts)
            part.GuestsChanged();
    }

    private sealed class Station(SimulatedCanBus bus, ICanGuest guest) : ICanStation
    {
        private bool _isStarted;
        private bool _isStalled;
        private bool _waits;

        // Somebody waits for room here, or lost frames for want of it.
        private volatile bool _isMissed;

        public void Start()
        {
            lock (bus._gate)
            {
                if (_isStarted)
                    return;
                bool hadGuests = bus.HasGuests;
                _isStarted = true;
                _isStalled = _isMissed = false;
                bus._started = [.. bus._started, this];
                if (guest is not ICanPart)
                    bus.TellParts(hadGuests);
            }
        }

        public void Stop()
        {
            lock (bus._gate)
            {
                if (!_isStarted)
                    return;
                bool hadGuests = bus.HasGuests;
                _isStarted = _waits = false;
                bus._started = [.. bus._started.Where(s => s != this)];
                WakeSenders();
                bus.TellParts(hadGuests);
            }
        }

        public CanSend Send(in CanFrame frame, bool mayWait)
        {
            lock (bus._gate)
            {
                if (!_isStarted)
                    return CanSend.Failed;
                if (mayWait && MustWait())
                    return CanSend.Busy;
                bus.Give(frame, this);
                return CanSend.Sent;
            }
        }

        public void MadeRoom()
        {
            if (!_isMissed)
                return;
            lock (bus._gate)
            {
                _isStalled = _isMissed = false;
                WakeSenders();
            }
        }

        public void Dispose() => Stop();

        private bool MustWait()
        {
            foreach (Station other in bus._started)
            {
                if (other == this || other._isStalled || other.HasRoom())
                    continue;
                _waits = true;
                return true;
            }

            return false;
        }

        private bool HasRoom()
        {
            if (Guest.HasRoom)
                return true;
            // Said first: room that is made meanwhile is seen by the second look.
            _isMissed = true;
            return Guest.HasRoom;
        }

        private ICanGuest Guest => guest;

        internal void Get(in CanFrame frame)
        {
            if (guest.TryReceive(frame))
                return;
            _isStalled = _isMissed = true;
        }

        private void WakeSenders()
        {
            foreach (Station sender in bus._started)
            {
                if (!sender._waits)
                    continue;
                sender._waits = false;
                sender.Guest.SendAgain();
            }
        }
    }
}
