// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Memory;
using VhostDevice.Virtio.Queues.Inflight;

namespace VhostDevice.Virtio.Queues;

// The owner's side: turns, publishing, kicks, memory, the end.
public abstract partial class Virtqueue
{
    /// <summary>Goes on with the numbers of the ring's former starts. Before the first turn.</summary>
    public void CountIn(QueueCounters counters) => _counters = counters;

    /// <summary>
    /// Finds out whether a driver begins with this ring (<see cref="BeginsAnew"/>). Once, after <see cref="TryTrack"/>
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

    /// <summary>Whether the ring goes on from the record of a predecessor that ended without a stop; see <see cref="TryTrack"/>.</summary>
    public bool GoesOn { get; protected set; }

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
        IsLive = IsUnmapped = false;
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

    /// <summary>
    /// Whether this run of the ring is over, which a device may still have chains of: nobody waits for what it would write.
    /// </summary>
    public bool IsStopped => _stopped;

    /// <summary>Whether chains were freed by <see cref="Abandon"/>: a record of them is all that is left.</summary>
    public bool HasAbandoned { get; private set; }

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
