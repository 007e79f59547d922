// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Can;

public sealed partial class SimulatedCanBus
{
    /// <param name="places">How many frames may wait in the controller; 0 where frames take no time.</param>
    private sealed class Station(SimulatedCanBus bus, ICanGuest guest, CanNode node, int places) : ICanStation
    {
        private readonly CanFrame[] _outbox = new CanFrame[places];
        private int _first;
        private bool _isStarted;
        private bool _isStalled;
        private bool _waits;

        // Somebody waits for room here, or lost frames for want of it.
        private volatile bool _isMissed;

        internal CanNode Node => node;

        internal ICanGuest Guest => guest;

        internal bool IsGuest { get; } = guest is not (ICanPart or Nobody);

        /// <summary>How many frames wait, with the one that is on its way.</summary>
        internal int Count { get; private set; }

        /// <summary>When it may send next.</summary>
        internal long ReadyAt { get; set; } = long.MinValue;

        /// <summary>When the oldest of its frames came to the head of the others.</summary>
        internal long Order { get; private set; }

        internal ref readonly CanFrame Head => ref _outbox[_first];

        public void Start()
        {
            lock (bus._gate)
            {
                if (_isStarted)
                    return;
                _isStarted = true;
                _isStalled = _isMissed = false;
                if (node.State == CanErrorState.BusOff)
                    ReadyAt = bus.Recovered();
                node.Restart();
                bus._started = [.. bus._started, this];
                CountGuest(1);
            }
        }

        public void Stop()
        {
            lock (bus._gate)
            {
                if (!_isStarted)
                    return;
                _isStarted = _waits = false;
                bus._started = [.. bus._started.Where(s => s != this)];
                CountGuest(-1);
                Count = 0;
                bus.Forget(this);
                WakeSenders();
            }
        }

        public CanSend Send(in CanFrame frame, bool mayWait)
        {
            lock (bus._gate)
            {
                if (!_isStarted)
                    return CanSend.Failed;
                if (places > 0)
                    return SendInTime(frame);
                if (bus.FailsAtOnce(node))
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

        internal void Get(in CanFrame frame)
        {
            if (guest.TryReceive(frame))
                return;
            _isStalled = _isMissed = true;
        }

        // Its first frame was on the bus.
        internal void TakeHead()
        {
            _first = (_first + 1) % places;
            Count--;
            Order = bus._order++;
            if (_waits)
            {
                _waits = false;
                guest.SendAgain();
            }
        }

        private CanSend SendInTime(in CanFrame frame)
        {
            bus.Advance();
            // Time that has passed may have taken it off the bus.
            if (!_isStarted)
                return CanSend.Failed;
            if (Count == places)
            {
                _waits = true;
                return CanSend.Busy;
            }

            _outbox[(_first + Count) % places] = frame;
            if (Count++ == 0)
                Order = bus._order++;
            bus.Advance();
            return CanSend.Sent;
        }

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
            if (guest.HasRoom)
                return true;
            // Said first: room that is made meanwhile is seen by the second look.
            _isMissed = true;
            return guest.HasRoom;
        }

        private void CountGuest(int by)
        {
            if (!IsGuest)
                return;
            bool had = bus.HasGuests;
            bus._guests += by;
            bus.TellParts(had);
        }

        private void WakeSenders()
        {
            if (places > 0)
                return;
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
