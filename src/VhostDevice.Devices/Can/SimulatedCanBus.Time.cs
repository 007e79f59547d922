// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Can;

// The wires of a bus with a bit rate: one frame at a time. The times of frames follow from each other and not from when the timer
// was late, so that a busy bus carries what its bit rate says. All of it under the lock.
public sealed partial class SimulatedCanBus
{
    // What a controller keeps, in the order in which it was told; that of a usual one has 3 to 32 places.
    private const int Places = 16;

    // For people, who do not wait.
    private const int PeoplesPlaces = 256;

    private readonly TimeProvider _time;
    private readonly ITimer? _timer;
    private Station? _sending;
    private CanFault _fault;
    private long _freeAt;
    private long _wakesAt = long.MinValue;
    private long _order;
    private long _windowFrom;
    private long _windowBusy;
    private long _totalBusy;
    private double _load;
    private bool _isEnded;
    private bool _isAdvancing;

    /// <summary>How much of the last whole second the wires were busy, 0 to 1. Under the lock.</summary>
    internal double Load
    {
        get
        {
            if (BitRate is not null)
                Advance();
            CloseWindow(_time.GetTimestamp());
            return _load;
        }
    }

    /// <summary>How long the wires were busy, in microseconds. From any thread.</summary>
    internal ulong BusyMicroseconds => (ulong)_time.GetElapsedTime(0, Volatile.Read(ref _totalBusy)).TotalMicroseconds;

    private long Ticks(int nominalBits, int dataBits = 0) =>
        (nominalBits * _time.TimestampFrequency / BitRate!.Value.Nominal) + (dataBits * _time.TimestampFrequency / BitRate.Value.Data);

    // When a controller that was off the bus is back.
    private long Recovered() => BitRate is null ? long.MinValue : _time.GetTimestamp() + Ticks(CanBits.Recovery);

    // Where frames take no time there is no second attempt.
    private bool FailsAtOnce(CanNode node)
    {
        CanFault fault = NextFault(node);
        if (fault == CanFault.None)
            return false;
        node.CountDestroyed();
        return true;
    }

    private CanFault NextFault(CanNode node)
    {
        long now = _time.GetTimestamp();
        CanFault own = node.Faults.Next(now);
        return own != CanFault.None ? own : Faults.Next(now);
    }

    // The sender has left: its frame ends there, and nobody gets it.
    private void Forget(Station station)
    {
        if (_sending == station)
            _sending = null;
    }

    private void OnTimer()
    {
        lock (_gate)
        {
            _wakesAt = long.MinValue;
            Advance();
        }
    }

    // Brings the bus to the present. Whoever answers a frame while it is delivered leaves the rest to the call that delivers.
    private void Advance()
    {
        if (_isEnded || _isAdvancing)
            return;
        _isAdvancing = true;
        try
        {
            AdvanceTo(_time.GetTimestamp());
        }
        finally
        {
            _isAdvancing = false;
        }
    }

    private void AdvanceTo(long now)
    {
        while (true)
        {
            if (_freeAt > now)
            {
                Wake(_freeAt, now);
                return;
            }

            if (_sending is { } sent)
            {
                _sending = null;
                Finish(sent);
            }

            if (Winner(_freeAt, out long next) is { } winner)
            {
                Begin(winner, _freeAt);
                continue;
            }

            if (next > now)
            {
                // Nobody waits, or only those that may not send yet. What comes now begins now.
                _freeAt = now;
                if (next < long.MaxValue)
                    Wake(next, now);
                return;
            }

            _freeAt = next;
        }
    }

    // Of those that may send at a moment the one with the lowest identifier; or else when somebody may.
    private Station? Winner(long at, out long next)
    {
        Station? winner = null;
        next = long.MaxValue;
        foreach (Station station in _started)
        {
            if (station.Count == 0)
                continue;
            if (station.ReadyAt > at)
                next = Math.Min(next, station.ReadyAt);
            else if (winner is null || Compare(station, winner) < 0)
                winner = station;
        }

        return winner;
    }

    private static int Compare(Station one, Station other)
    {
        int order = Rank(one.Head).CompareTo(Rank(other.Head));
        return order != 0 ? order : one.Order.CompareTo(other.Order);
    }

    // The bits of the arbitration field in their order: 0 wins.
    private static uint Rank(in CanFrame frame)
    {
        uint remote = frame.IsRemote ? 1u : 0;
        return frame.IsExtended
            ? (frame.Id >> 18 << 21) | (0b11 << 19) | ((frame.Id & 0x3FFFF) << 1) | remote
            : (frame.Id << 21) | (remote << 20);
    }

    private void Begin(Station sender, long at)
    {
        CanBits bits = CanBits.Of(sender.Head);
        _fault = NextFault(sender.Node);
        long takes = Ticks(bits.Nominal + (_fault == CanFault.None ? 0 : CanBits.ErrorFrame), bits.Data);
        _sending = sender;
        CloseWindow(at);
        _windowBusy += takes;
        Volatile.Write(ref _totalBusy, _totalBusy + takes);
        sender.Node.CountBusy(_time.GetElapsedTime(0, takes));
        _freeAt = at + takes;
    }

    // At _freeAt.
    private void Finish(Station sender)
    {
        CanFrame frame = sender.Head;
        if (_fault == CanFault.None)
        {
            sender.Node.CountSent();
            sender.TakeHead();
            foreach (Station other in _started)
            {
                if (other != sender)
                    other.Node.CountReceived();
            }

            Give(frame, sender);
            sender.Guest.Confirm(wasSent: true);
        }
        else
        {
            // It comes again, unless its sender leaves the bus.
            sender.Node.CountFailed(_fault);
            foreach (Station other in _started)
            {
                if (other != sender && _fault != CanFault.Acknowledgement)
                    other.Node.CountReceiveError();
            }
        }

        if (sender.Node.State == CanErrorState.Passive)
            sender.ReadyAt = _freeAt + Ticks(CanBits.Suspension);
        else if (sender.Node.State == CanErrorState.BusOff)
            TakeOff(sender.Node);
    }

    private void Wake(long at, long now)
    {
        if (_wakesAt == at)
            return;
        _wakesAt = at;
        _ = _timer!.Change(TimeSpan.FromTicks(Math.Max(_time.GetElapsedTime(now, at).Ticks, 1)), Timeout.InfiniteTimeSpan);
    }

    private void CloseWindow(long now)
    {
        long length = now - _windowFrom;
        if (length < _time.TimestampFrequency)
            return;
        // The frame on its way counts for the second in which it began.
        _load = Math.Min((double)_windowBusy / length, 1);
        _windowFrom = now;
        _windowBusy = 0;
    }
}
