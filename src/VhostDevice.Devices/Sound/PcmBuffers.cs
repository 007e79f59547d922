// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Devices.Sound;

/// <summary>Buffers of a stream that wait for their time, in order; the last ones can go back to where they came from.</summary>
internal sealed class PcmBuffers
{
    private (DescriptorChain Chain, long Order)[] _places = new (DescriptorChain, long)[8];
    private int _first;

    internal int Count { get; private set; }

    internal DescriptorChain First => _places[_first].Chain;

    internal DescriptorChain Last => _places[At(Count - 1)].Chain;

    /// <summary>When the last one was taken from its queue, among all streams; -1: there is none.</summary>
    internal long LastOrder => Count == 0 ? -1 : _places[At(Count - 1)].Order;

    // Grows up to the size of the queue.
    internal void Add(DescriptorChain chain, long order)
    {
        if (Count == _places.Length)
        {
            (DescriptorChain, long)[] larger = new (DescriptorChain, long)[_places.Length * 2];
            for (int i = 0; i < Count; i++)
                larger[i] = _places[At(i)];
            _places = larger;
            _first = 0;
        }

        _places[At(Count++)] = (chain, order);
    }

    internal void RemoveFirst()
    {
        _places[_first] = default;
        _first = At(1);
        Count--;
    }

    internal void RemoveLast() => _places[At(--Count)] = default;

    internal void Clear()
    {
        Array.Clear(_places);
        Count = 0;
    }

    private int At(int place) => (_first + place) % _places.Length;
}
