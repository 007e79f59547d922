// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Input;

/// <summary>
/// Events that wait for the guest's buffers: whole reports, in their order, bounded. When one finds no room, it and all
/// further ones are dropped until the guest has taken the rest; then the state of the device has to be read again, and goes
/// before what comes after that. Filled from any thread, emptied on the guest's loop.
/// </summary>
internal sealed class InputOutbox
{
    // A burst of 200 reports of ten fingers.
    private const int Room = 8192;

    private readonly Lock _lock = new();
    private readonly List<InputEvent> _changes = [];
    // Made with the first report: a device that nobody touches takes no room.
    private InputEvent[] _events = [];
    private int _changesTaken;
    private int _first;
    private volatile int _count;
    private volatile bool _hasLost;

    /// <summary>Whether the state has to be read again, and everything before that is taken.</summary>
    internal bool MustRead => _hasLost && _count == 0 && _changesTaken == _changes.Count;

    /// <summary>Whether something waits.</summary>
    internal bool HasAny => _count > 0 || _changesTaken < _changes.Count;

    /// <summary>How many events wait.</summary>
    internal int Count => _count + _changes.Count - _changesTaken;

    /// <summary>Adds a report.</summary>
    /// <returns>False: it is lost.</returns>
    internal bool TryAdd(ReadOnlySpan<InputEvent> report)
    {
        lock (_lock)
        {
            if (_hasLost || report.Length > Room - _count)
            {
                _hasLost = true;
                return false;
            }

            if (_events.Length == 0)
                _events = new InputEvent[Room];
            int at = (_first + _count) % Room;
            int run = Math.Min(report.Length, Room - at);
            report[..run].CopyTo(_events.AsSpan(at));
            report[run..].CopyTo(_events);
            _count += report.Length;
            return true;
        }
    }

    /// <summary>Drops what comes, until the state is read.</summary>
    internal void Lose() => _hasLost = true;

    /// <summary>Keeps what comes from now on. The state is to be read after this, and what has changed put into the list.</summary>
    internal List<InputEvent> BeginReading()
    {
        _changes.Clear();
        _changesTaken = 0;
        _hasLost = false;
        return _changes;
    }

    /// <summary>The next event; it stays until <see cref="Take"/>. There is one.</summary>
    internal InputEvent Peek() => _changesTaken < _changes.Count ? _changes[_changesTaken] : _events[_first];

    /// <summary>Takes it away.</summary>
    internal void Take()
    {
        if (_changesTaken < _changes.Count)
        {
            _changesTaken++;
            return;
        }

        lock (_lock)
        {
            _first = (_first + 1) % Room;
            _count--;
        }
    }

    /// <summary>Forgets everything.</summary>
    internal void Clear()
    {
        lock (_lock)
        {
            _count = 0;
            _hasLost = false;
        }

        _changes.Clear();
        _changesTaken = 0;
    }
}
