// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics.CodeAnalysis;

namespace VhostDevice.Linux;

/// <summary>
/// Brings things from any thread to a loop's thread, at any time, and never keeps more than a stated number of them: what
/// a host side has for a guest (an edge, a frame, a key) and the guest has not asked for.
/// </summary>
/// <remarks>
/// The loop is woken once for all that came since its last look. What is there when it looks is delivered one by one, and
/// what comes meanwhile waits for the next look, so that a busy sender cannot keep the loop. A receiver that has no place
/// for more (a guest without buffers) says so, and is left alone until <see cref="Resume"/>.
/// </remarks>
/// <typeparam name="T">What is delivered.</typeparam>
public sealed class LoopMailbox<T>
{
    private readonly EventLoop _loop;
    private readonly Func<T, bool> _deliver;
    private readonly Func<T, T, T>? _merge;
    private readonly int _most;
    private readonly Action _look;
    private readonly Lock _lock = new();
    private readonly T[] _items;
    private int _first;
    private int _count;
    private int _clearings;
    private ulong _dropped;
    private bool _posted;
    private bool _paused;
    private bool _refused;

    /// <param name="loop">Where <paramref name="deliver"/> is called.</param>
    /// <param name="most">How many wait at most, 1 or more; room for them is made here.</param>
    /// <param name="deliver">Gets each of them, in order. False: it has no place for this one, which then stays the first and
    /// comes again after <see cref="Resume"/>.</param>
    /// <param name="merge">Makes one of the last that waits and a further one when there is no room; called on the thread that
    /// adds, and must call nothing of this mailbox. Null: what finds no room is refused.</param>
    public LoopMailbox(EventLoop loop, int most, Func<T, bool> deliver, Func<T, T, T>? merge = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        _loop = loop;
        _most = most;
        _deliver = deliver;
        _merge = merge;
        _look = Look;
        // One more, for the one that is out for delivery and may come back.
        _items = new T[most + 1];
    }

    /// <summary>What finds no room takes the place of what has waited longest, instead of being refused.</summary>
    public bool DropsOldest { get; init; }

    /// <summary>Called on the loop's thread, once there is room again after something was refused: whoever adds may go on.</summary>
    public Action? RoomAgain { get; init; }

    /// <summary>How many gave their place to others, for want of room. From any thread.</summary>
    public ulong Dropped
    {
        get
        {
            lock (_lock)
                return _dropped;
        }
    }

    /// <summary>How many wait, besides one that is being delivered. From any thread.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _count;
        }
    }

    /// <summary>Sends something to the loop. From any thread; never waits.</summary>
    /// <returns>False: there is no room, and nothing was kept.</returns>
    public bool TryAdd(T item)
    {
        lock (_lock)
        {
            if (_count >= _most && _merge is not null)
                At(_count - 1) = _merge(At(_count - 1), item);
            else if (!TryMakeRoom(1))
                return false;
            else
                At(_count++) = item;
            if (!MustPost())
                return true;
        }

        _loop.Post(_look);
        return true;
    }

    /// <summary>
    /// Sends what makes sense together only (the parts of a report): all or nothing, and nothing comes in between. From any
    /// thread; never waits, and never merges.
    /// </summary>
    /// <returns>False: there is no room for all of them, and nothing was kept.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There never is room for so many.</exception>
    public bool TryAddAll(ReadOnlySpan<T> items)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(items.Length, _most);
        lock (_lock)
        {
            if (!TryMakeRoom(items.Length))
                return false;
            foreach (T item in items)
                At(_count++) = item;
            if (items.IsEmpty || !MustPost())
                return true;
        }

        _loop.Post(_look);
        return true;
    }

    /// <summary>There is a place again for what could not be delivered: delivers what waits, now. On the loop's thread, and
    /// not from within a delivery.</summary>
    public void Resume()
    {
        lock (_lock)
        {
            if (!_paused)
                return;
            _paused = false;
        }

        Look();
    }

    /// <summary>Forgets what waits. From any thread; on the loop's own nothing of it is delivered after that.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            while (_count > 0)
                _ = Take();
            _clearings++;
            if (!_refused || _posted)
                return;
            _posted = true;
        }

        _loop.Post(_look);
    }

    private void Look()
    {
        int left;
        lock (_lock)
        {
            _posted = false;
            left = _paused ? 0 : _count;
        }

        try
        {
            for (; left > 0 && TryTake(out T? item, out int clearings); left--)
            {
                if (_deliver(item))
                    continue;
                left = 0;
                PutBack(item, clearings);
                return;
            }
        }
        finally
        {
            // A delivery that failed must not keep those behind it for ever.
            if (left > 0)
                LookAgain();
            if (RoomAgain is { } roomAgain && TakeRefused())
                roomAgain();
        }
    }

    private bool TryMakeRoom(int count)
    {
        if (_count + count <= _most)
            return true;
        if (!DropsOldest)
        {
            _refused = true;
            return false;
        }

        while (_count + count > _most)
        {
            _ = Take();
            _dropped++;
        }

        return true;
    }

    private bool MustPost()
    {
        if (_posted || _paused)
            return false;
        _posted = true;
        return true;
    }

    private bool TakeRefused()
    {
        lock (_lock)
        {
            if (!_refused || _count >= _most)
                return false;
            _refused = false;
            return true;
        }
    }

    private void LookAgain()
    {
        lock (_lock)
        {
            if (_count == 0 || _posted)
                return;
            _posted = true;
        }

        _loop.Post(_look);
    }

    private bool TryTake([MaybeNullWhen(false)] out T item, out int clearings)
    {
        lock (_lock)
        {
            bool any = _count > 0;
            item = any ? Take() : default;
            clearings = _clearings;
            return any;
        }
    }

    private void PutBack(T item, int clearings)
    {
        lock (_lock)
        {
            _paused = true;
            if (clearings != _clearings)
                return;
            _first = _first == 0 ? _items.Length - 1 : _first - 1;
            _items[_first] = item;
            _count++;
        }
    }

    private T Take()
    {
        T item = _items[_first];
        _items[_first] = default!; // nothing is kept alive by a place that is free
        _first = _first + 1 == _items.Length ? 0 : _first + 1;
        _count--;
        return item;
    }

    private ref T At(int place)
    {
        int at = _first + place;
        return ref _items[at < _items.Length ? at : at - _items.Length];
    }
}
