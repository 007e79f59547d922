// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux;

/// <summary>
/// Work that an <see cref="EventLoop"/> has put off, in its order. In slots of its own: to store an object in an array of an
/// interface takes a look at what it implements, each time.
/// </summary>
internal sealed class DeferredList
{
    private Slot[] _slots = new Slot[4];

    internal int Count { get; private set; }

    internal IDeferred this[int index] => _slots[index].Work;

    internal void Add(IDeferred work)
    {
        if (Count == _slots.Length)
            Array.Resize(ref _slots, 2 * Count);
        _slots[Count++].Work = work;
    }

    internal void Clear()
    {
        // Whose work it was may be gone by now.
        for (int i = 0; i < Count; i++)
            _slots[i].Work = null!;
        Count = 0;
    }

    internal struct Slot
    {
        internal IDeferred Work;
    }
}
