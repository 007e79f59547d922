// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics.CodeAnalysis;

namespace VhostDevice.Virtio.Queues;

/// <summary>
/// The chains of a queue in the order in which they were taken, for VIRTIO_F_IN_ORDER (virtio 1.3 §2.7.9, §2.8.8): a
/// driver that counts on it must not see a later chain first, not even one that was malformed and needed no work.
/// </summary>
internal sealed class CompletionOrder(int size)
{
    // Each chain in flight has at least one descriptor of the ring for itself.
    private readonly DescriptorChain?[] _chains = new DescriptorChain?[size];
    private int _first;
    private int _count;

    internal void Add(DescriptorChain chain)
    {
        int at = _first + _count++;
        _chains[at < size ? at : at - size] = chain;
    }

    /// <summary>The chain added last was put back into the ring.</summary>
    internal void RemoveLast()
    {
        int at = _first + --_count;
        _chains[at < size ? at : at - size] = null;
    }

    /// <summary>Takes the oldest chain if the device is done with it.</summary>
    internal bool TryTakeDone([NotNullWhen(true)] out DescriptorChain? chain)
    {
        chain = _chains[_first];
        if (chain is not { Life: ChainLife.Done })
            return false;
        Advance();
        return true;
    }

    /// <summary>Takes the oldest chain, done or not: there is no order to keep any more.</summary>
    internal bool TryTake([NotNullWhen(true)] out DescriptorChain? chain)
    {
        chain = _chains[_first];
        if (chain is null)
            return false;
        Advance();
        return true;
    }

    private void Advance()
    {
        _chains[_first] = null;
        if (++_first == size)
            _first = 0;
        _count--;
    }
}
