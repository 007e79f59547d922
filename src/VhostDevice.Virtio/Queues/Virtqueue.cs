// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using VhostDevice.Virtio.Memory;

namespace VhostDevice.Virtio.Queues;

/// <summary>
/// A virtqueue as its device sees it, independent of the ring layout: chains are taken, and given back. Turns,
/// publishing, kicks and interrupts are the owner's (<see cref="OwnedVirtqueue"/>).
/// </summary>
public abstract partial class Virtqueue
{
    private protected readonly IVirtqueueOwner _owner;
    private protected readonly CompletionOrder? _order;
    private protected bool _stopped;
    private protected bool _unmapped;
    private protected bool _completionsPending;
    private protected bool _serviceRequested;
    private protected bool _watchesDrain;
    private protected int _budget;
    private protected QueueCounters _counters = new();
    private protected List<DescriptorChain>? _late;
    private protected DirtyLog? _chainLog;

    private protected Virtqueue(int index, ushort size, RingFeatures features, IVirtqueueOwner owner)
    {
        Index = index;
        Size = size;
        _owner = owner;
        TakesIndirect = features.Indirect;
        Slots = new DescriptorChain?[size];
        _order = features.InOrder ? new CompletionOrder(size) : null;
    }

    /// <summary>Number of the queue in the device, from 0.</summary>
    public int Index { get; }

    /// <summary>Entries of the ring.</summary>
    public ushort Size { get; }

    /// <summary>Chains that the device took and has not completed, or that wait for those before them; also after a stop.</summary>
    public int InFlight { get; private set; }

    /// <summary>What happened here; a device counts its errors, the rest is counted for it.</summary>
    public QueueCounters Counters => _counters;

    /// <summary>True when the turn ended because its budget was used up, so that other work gets its chance.</summary>
    public bool OutOfBudget { get; private protected set; }

    /// <summary>
    /// Whether a driver begins with this ring and knows nothing of what the device did for a former one. False for a ring
    /// that goes on after a pause, or where another process left it, also when its position has come round to where rings
    /// begin: after 65536 chains of a split ring, after each second lap of a packed one.
    /// </summary>
    public bool BeginsAnew { get; private protected set; }

    /// <summary>
    /// Whether the ring goes on from the record of a predecessor that ended without a stop; see
    /// <see cref="OwnedVirtqueue.TryTrack"/>.
    /// </summary>
    public bool GoesOn { get; private protected set; }

    /// <summary>
    /// Whether this run of the ring is over, which a device may still have chains of: nobody waits for what it would write.
    /// </summary>
    public bool IsStopped => _stopped;

    /// <summary>The chains that were made so far, by their head.</summary>
    private protected DescriptorChain?[] Slots { get; }

    /// <summary>Drivers may put a chain into a table of its own (VIRTIO_F_INDIRECT_DESC).</summary>
    private protected bool TakesIndirect { get; }

    /// <summary>Guest memory that new chains are translated with.</summary>
    private protected GuestMemory Memory { get; set; } = GuestMemory.Empty;

    /// <summary>
    /// The ring may be touched. Not before it is found in memory, and never again once it broke, left the memory or
    /// was stopped: by then the mapping may be gone, whatever a device that kept the queue still asks for.
    /// </summary>
    private protected bool IsLive { get; set; }

    /// <summary>
    /// Takes the next chain. False: the ring is empty, the turn's budget is spent, or the queue is broken or stopped;
    /// the device returns to its caller and is called again when there is more. Malformed chains never get here.
    /// </summary>
    public bool TryPop([NotNullWhen(true)] out DescriptorChain? chain)
    {
        while (IsLive)
        {
            if (_budget <= 0)
            {
                OutOfBudget = HasAvailable;
                break;
            }

            DescriptorChain? slot = Take(out Taken taken);
            if (taken == Taken.Nothing)
                break;
            _budget--;
            if (taken == Taken.Good)
            {
                chain = slot!;
                return true;
            }

            if (Memory.Iotlb is { } iotlb && iotlb.TakeMiss(out IotlbMiss miss) && taken == Taken.Malformed)
            {
                _ = TryReturnToRing(slot!);
                _owner.TranslationMissing(this, miss);
                break;
            }

            _counters.Malformed++;
            if (taken == Taken.Malformed)
                Complete(slot!, 0);
        }

        chain = null;
        return false;
    }

    /// <summary>
    /// Returns a chain to the driver, in any order and at any time. Once the ring that it came from was stopped this
    /// only frees it, also when another start of the ring is asked to.
    /// </summary>
    /// <param name="written">Bytes written from the start of the writable part; cut to its length.</param>
    /// <exception cref="InvalidOperationException">
    /// The chain is not in flight (completed twice), or belongs to another queue that is running.
    /// </exception>
    public void Complete(DescriptorChain chain, uint written)
    {
        if (chain.Life != ChainLife.Held)
            ThrowNotInFlight();
        if (chain.Queue != this || _stopped)
            FreeLate(chain);
        else if (_order is not null)
            CompleteInOrder(chain, written);
        else
            Return(chain, written);
    }

    /// <summary>
    /// Puts the chain that was taken last back into the ring, untouched, as if it had not been taken: a device that took
    /// some for data of which there was less than it thought. Several go back in the opposite order.
    /// </summary>
    /// <returns>False when the ring is not running any more: the chain is freed, and nobody gets it.</returns>
    /// <exception cref="InvalidOperationException">
    /// The chain is not in flight, or belongs to another queue that is running, or was not the last: something was taken
    /// after it, if only an entry of the ring that made no sense.
    /// </exception>
    public bool PutBack(DescriptorChain chain)
    {
        if (!TryPutBack(chain))
            ThrowNotLast();
        return IsLive && chain.Queue == this;
    }

    /// <summary>
    /// As <see cref="PutBack(DescriptorChain)"/>, for a device that cannot know whether the chain was the last: malformed
    /// ones are taken out of the ring without its seeing them.
    /// </summary>
    /// <returns>False when it was not the last: it is still in flight.</returns>
    /// <exception cref="InvalidOperationException">
    /// The chain is not in flight, or belongs to another queue that is running.
    /// </exception>
    public bool TryPutBack(DescriptorChain chain)
    {
        if (chain.Life != ChainLife.Held)
            ThrowNotInFlight();
        if (chain.Queue != this && !chain.Queue._stopped)
            ThrowForeign();
        if (IsLive && chain.Queue == this)
            return TryReturnToRing(chain);
        Complete(chain, 0);
        return true;
    }

    /// <summary>
    /// Whether the device wants to hear of new chains, which is so from the beginning. One that has enough of them, buffers
    /// to be filled some day, spares its driver the kicks; when it wants them again it asks for a turn
    /// (<see cref="RequestService"/>), in which the ring is looked at and kicks are asked for.
    /// </summary>
    public bool WantsKicks { get; set; } = true;

    /// <summary>Asks for another turn although the driver sends no kick: a timer ran out, or the host side has data again.</summary>
    public void RequestService()
    {
        if (_serviceRequested || !IsLive)
            return;
        _serviceRequested = true;
        _owner.ServiceRequested(this);
    }

    /// <summary>
    /// Ends the turn as if its budget were used up: the device's requests have kept the loop for long enough. It is called
    /// again after others have had their turn.
    /// </summary>
    public void GiveWay()
    {
        _budget = 0;
        OutOfBudget = true;
    }

    /// <summary>Whether the driver has made chains available that were not taken yet. Reads the ring.</summary>
    public abstract bool HasAvailable { get; }

    /// <summary>
    /// Whether a driver has room for another chain, beside those that are in flight. Looks at each of them: for a device
    /// that would wait for the chain otherwise, not for every request.
    /// </summary>
    /// <param name="descriptors">How many the chain has at least; one does where indirect tables are accepted.</param>
    public bool HasRoomFor(int descriptors)
    {
        int free = Size;
        foreach (DescriptorChain? chain in Slots)
        {
            if (chain is { IsInFlight: true })
                free -= chain.RingDescriptors;
        }

        return free >= (TakesIndirect ? 1 : descriptors);
    }

    // The rest is only called while the ring is live.

    /// <summary>Takes the next chain out of the ring and holds it.</summary>
    /// <returns>The chain, held, for <see cref="Taken.Good"/> and <see cref="Taken.Malformed"/>.</returns>
    private protected abstract DescriptorChain? Take(out Taken taken);

    /// <summary>Undoes the last <see cref="Take"/> that was not undone yet, if it came to this chain: the next one comes to it again.</summary>
    /// <returns>False, and nothing changed, when it came to another one.</returns>
    private protected abstract bool TryUntake(DescriptorChain chain);

    /// <summary>Writes the used element of a chain, without making it visible yet.</summary>
    private protected abstract void PutUsed(DescriptorChain chain, uint written);

    /// <summary>A chain is out of the ring from now on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private protected void Hold(DescriptorChain chain)
    {
        GuestMemory memory = Memory;
        memory.Retain();
        if (chain.Memory != memory)
            chain.Memory = memory;
        chain.Life = ChainLife.Held;
        InFlight++;
        _order?.Add(chain);
    }

    // The one end of every chain that was held: its memory is let go of, once, and the ring has one less in flight.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private protected void Release(DescriptorChain chain)
    {
        chain.Life = ChainLife.Free;
        chain.State = null;
        chain.Memory.Release();
        if (--InFlight == 0 && _watchesDrain)
            TellDrained();
    }

    private void TellDrained()
    {
        _watchesDrain = false;
        _owner.Drained(this);
    }

    // The chain is the driver's again.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Return(DescriptorChain chain, uint written)
    {
        if (_chainLog is { } log)
            chain.Memory.MarkWritten(log, chain.Writable);
        Release(chain);
        written = Math.Min(written, chain.WritableBytes);
        if (IsLive)
            Put(chain, written);
        else if (_unmapped)
            PutLater(chain, written);
    }

    // The ring has no translation at the moment.
    private void PutLater(DescriptorChain chain, uint written)
    {
        chain.Life = ChainLife.Late;
        chain.Written = written;
        (_late ??= []).Add(chain);
    }

    // The start of the ring that it came from is over, and nobody waits for the answer.
    private static void FreeLate(DescriptorChain chain)
    {
        Virtqueue origin = chain.Queue;
        if (!origin._stopped)
            ThrowForeign();
        if (origin._chainLog is { } log)
            chain.Memory.MarkWritten(log, chain.Writable);
        origin.Release(chain);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private protected void Put(DescriptorChain chain, uint written)
    {
        QueueCounters counters = _counters;
        counters.Chains++;
        counters.BytesRead += chain.ReadableBytes;
        counters.BytesWritten += written;
        PutUsed(chain, written);
        if (_completionsPending)
            return;
        _completionsPending = true;
        _owner.CompletionsPending(this);
    }

    // As if the chain had not been taken from the ring.
    private bool TryReturnToRing(DescriptorChain chain)
    {
        if (!TryUntake(chain))
            return false;
        _order?.RemoveLast();
        Release(chain);
        // A ring that is paused stays so, and one without a bound has none.
        if (_budget is > 0 and < int.MaxValue)
            _budget++;
        return true;
    }

    // One that comes early waits until those before it are done.
    private void CompleteInOrder(DescriptorChain chain, uint written)
    {
        chain.Life = ChainLife.Done;
        chain.Written = written;
        while (_order!.TryTakeDone(out DescriptorChain? next))
            Return(next, next.Written);
    }

    [DoesNotReturn]
    private static void ThrowNotInFlight() => throw new InvalidOperationException("The chain is not in flight.");

    [DoesNotReturn]
    private static void ThrowNotLast() => throw new InvalidOperationException("The chain was not taken last, so it cannot be put back.");

    [DoesNotReturn]
    private static void ThrowForeign() => throw new InvalidOperationException("The chain belongs to another queue.");
}
