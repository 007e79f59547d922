// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Memory;
using VhostDevice.Virtio.Queues.Inflight;

namespace VhostDevice.Virtio.Queues;

/// <summary>
/// A virtqueue as its owner has it, which is to say whoever speaks with the front-end: turns, publishing, kicks, memory,
/// the end. The device gets the same object as a <see cref="Virtqueue"/>.
/// </summary>
public abstract partial class OwnedVirtqueue : Virtqueue
{
    /// <summary>Drivers make indirect tables that are longer than a small ring.</summary>
    private const int MinChainLimit = 1024;

    private protected OwnedVirtqueue(int index, ushort size, RingFeatures features, IVirtqueueOwner owner)
        : base(index, size, features, owner)
    {
    }

    /// <summary>Set once the ring broke the rules; see <see cref="IVirtqueueOwner.QueueBroken"/>.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>
    /// Whether the rings have no translation at the moment (VIRTIO_F_ACCESS_PLATFORM). Unlike a broken queue this one
    /// goes on when there is one, see <see cref="TryRemap"/>.
    /// </summary>
    public bool IsUnmapped => _unmapped;

    /// <summary>Chains that may still be taken in this turn.</summary>
    public int Budget => _budget;

    /// <summary>
    /// Where a restarted ring goes on, as GET_VRING_BASE says it: a split ring's next available index (16 bits), both
    /// positions and wrap counters of a packed one.
    /// </summary>
    public abstract uint Base { get; }

    /// <summary>Chains go back in the order in which they were taken (VIRTIO_F_IN_ORDER).</summary>
    private protected bool KeepsOrder => _order is not null;

    /// <summary>Goes on with the numbers of the ring's former starts. Before the first turn.</summary>
    public void CountIn(QueueCounters counters) => _counters = counters;

    /// <summary>
    /// Finds out whether a driver begins with this ring (<see cref="Virtqueue.BeginsAnew"/>). Once, after <see cref="TryTrack"/>
    /// and before the first turn: it looks for what a device leaves in a ring.
    /// </summary>
    /// <param name="stoppedAt"><see cref="Base"/> where the ring's former start on this connection stopped; null: there was none.</param>
    public void Begin(uint? stoppedAt)
    {
        if (!IsLive || !IsAtStart || HasLeftovers)
            BeginsAnew = false;
        else if (stoppedAt is { } former && former != Base)
            BeginsAnew = true;
        else
            BeginsAnew = !WasServed(stoppedHere: stoppedAt is not null);
    }

    /// <summary>Whether chains became available that neither a turn nor the device has looked at. Reads the ring.</summary>
    public abstract bool HasUnseen { get; }

    /// <summary>Whether chains of a predecessor still wait to be served again; see <see cref="TryTrack"/>.</summary>
    public abstract bool HasLeftovers { get; }

    /// <summary>Begins a turn in which at most <paramref name="budget"/> chains are taken.</summary>
    public void BeginTurn(int budget)
    {
        _budget = budget;
        _serviceRequested = false;
        OutOfBudget = false;
        // What is in the ring by now counts as seen, even if the device leaves it there.
        if (IsLive)
            Look();
    }

    /// <summary>
    /// Between turns the device may still take chains, for example when its host side has data for the driver;
    /// it is then its own judge of how many. Not while <paramref name="paused"/>.
    /// </summary>
    public void EndTurn(bool paused)
    {
        _budget = paused ? 0 : int.MaxValue;
        // After a pause the queue goes on, whatever it was when it was opened.
        if (paused)
            BeginsAnew = false;
    }

    /// <summary>Makes completions visible to the driver.</summary>
    /// <returns>True when the driver wants an interrupt for them.</returns>
    public bool Publish()
    {
        _completionsPending = false;
        return IsLive && PublishUsed();
    }

    /// <summary>
    /// Keeps record of chains in flight from now on, and serves those first that the record has of a predecessor.
    /// Once, before the first turn.
    /// </summary>
    /// <param name="region">Stays mapped until <see cref="Stop"/>.</param>
    /// <param name="goesOn">
    /// The record was begun by a predecessor, and says where the ring goes on: the base that the queue was opened with
    /// does not count.
    /// </param>
    /// <param name="problem">Why the region cannot be used when the result is false; the queue must not run then.</param>
    public abstract bool TryTrack(InflightRegion region, out bool goesOn, out string problem);

    /// <summary>Tells the driver that it need not kick while the ring is being looked at anyway.</summary>
    public abstract void SuppressKicks();

    /// <summary>Asks the driver for a kick at the next chain.</summary>
    /// <returns>True when chains came in before it could know; the owner then starts another turn.</returns>
    public abstract bool RequestKicks();

    /// <summary>Another snapshot of the guest's memory; the rings are looked up in it again.</summary>
    /// <returns>
    /// False when they are not in it, and the queue must stop, unless it <see cref="IsUnmapped"/>; also after
    /// <see cref="Stop"/>.
    /// </returns>
    public bool TryChangeMemory(GuestMemory memory)
    {
        if (_stopped)
            return false;
        memory.Retain();
        Memory.Release();
        Memory = memory;
        return TryFindRings();
    }

    /// <summary>
    /// Looks the rings up again, because translations came or went. The owner publishes what is complete before it takes
    /// translations away; what is completed while the queue <see cref="IsUnmapped"/> goes back when the rings are found.
    /// </summary>
    /// <returns>Whether the rings are there.</returns>
    public bool TryRemap()
    {
        if (_stopped || !TryFindRings())
            return false;
        if (_late is null || !IsLive)
            return true;
        foreach (DescriptorChain chain in _late)
        {
            chain.Life = ChainLife.Free;
            Put(chain, chain.Written);
        }

        _late.Clear();
        return true;
    }

    /// <summary>
    /// Has <see cref="IVirtqueueOwner.Drained"/> called, once, when the last chain in flight is let go of: also after
    /// <see cref="Stop"/>. There must be one.
    /// </summary>
    public void WatchDrain() => _watchesDrain = true;

    /// <summary>
    /// Ends the ring's run for good; another start is another object. Chains that the device still has stay in flight:
    /// completing them later only frees them, and until then they keep their memory mapped. Chains that it is done with
    /// never go back.
    /// </summary>
    public void Stop()
    {
        MarkInFlight();
        _stopped = true;
        IsLive = _unmapped = false;
        _completionsPending = false;
        ForgetDone();
        Memory.Release();
        Memory = GuestMemory.Empty;
        GuestMemory.Empty.Retain();
    }

    /// <summary>
    /// Frees all chains in flight, which the device has let go of without completing them. They come back to the driver
    /// when another start of the ring serves them, or never.
    /// </summary>
    public void Abandon()
    {
        MarkInFlight();
        HasAbandoned = InFlight > 0;
        ForgetDone();
        foreach (DescriptorChain? chain in Slots)
        {
            if (chain is { Life: ChainLife.Held })
                Release(chain);
        }
    }

    /// <summary>Whether chains were freed by <see cref="Abandon"/>: a record of them is all that is left.</summary>
    public bool HasAbandoned { get; private set; }

    /// <summary>Reads how far the driver has got; a jump breaks the queue.</summary>
    private protected abstract void Look();

    // The rest is only called while the ring is live.

    /// <summary>The ring is at the position at which new rings begin. Others come by there, too.</summary>
    private protected abstract bool IsAtStart { get; }

    /// <summary>
    /// Whether a device left something in the ring, which is at its start. A driver begins with one that is zeroed (virtio
    /// 1.3 §4.1.5.1.3).
    /// </summary>
    /// <param name="stoppedHere">The ring's former start on this connection stopped at this very position.</param>
    private protected abstract bool WasServed(bool stoppedHere);

    private protected abstract bool PublishUsed();

    private protected abstract bool TryMapRings(GuestMemory memory);

    /// <summary>The most descriptors of one chain in a ring of this size.</summary>
    private protected static int ChainLimit(int size) => Math.Max(size, MinChainLimit);

    private bool TryFindRings()
    {
        bool found = TryMapRings(Memory);
        IsLive = found && !IsBroken;
        _unmapped = false;
        if (!found && Memory.Iotlb is { } iotlb && iotlb.TakeMiss(out IotlbMiss miss))
        {
            _unmapped = true;
            _owner.TranslationMissing(this, miss);
        }

        return found;
    }

    private protected void Break(string reason)
    {
        if (IsBroken)
            return;
        IsBroken = true;
        IsLive = false;
        _owner.QueueBroken(this, reason);
    }

    // Those that wait for others, or for the ring: the device has forgotten them.
    private void ForgetDone()
    {
        while (_order is not null && _order.TryTake(out DescriptorChain? chain))
        {
            if (chain.Life == ChainLife.Done)
                Release(chain);
        }

        if (_late is null)
            return;
        foreach (DescriptorChain chain in _late)
            chain.Life = ChainLife.Free;
        _late = null;
    }
}
