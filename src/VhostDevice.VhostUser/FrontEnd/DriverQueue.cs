// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;
using VhostDevice.VhostUser.Wire;

namespace VhostDevice.VhostUser.FrontEnd;

/// <summary>
/// The driver's side of a virtqueue in <see cref="FrontEndMemory"/>: adds requests, publishes them in batches, kicks when
/// the device wants it, and takes back what the device has used. Steady state allocates nothing. Not thread-safe.
/// </summary>
/// <remarks>
/// A request goes through <see cref="Add"/> (or one of its kin), <see cref="Publish"/>, <see cref="NeedsKick"/> and
/// <see cref="Kick"/> (<see cref="Submit"/> does the last three), then <see cref="WaitForUsed"/> or
/// <see cref="SpinForUsed"/>, then <see cref="TryPop"/>.
/// </remarks>
public abstract class DriverQueue : IDisposable
{
    // With VIRTIO_F_IN_ORDER: the ids in flight, oldest first, from _oldest on around the end.
    private ushort[]? _order;
    private int _oldest;
    private int _youngest;

    private protected DriverQueue(FrontEndMemory memory, int index, ushort size, bool eventIdx)
    {
        Memory = memory;
        Index = index;
        Size = size;
        EventIdx = eventIdx;
    }

    public FrontEndMemory Memory { get; }

    /// <summary>The queue's number in its device.</summary>
    public int Index { get; }

    /// <summary>Descriptors in the ring.</summary>
    public ushort Size { get; }

    /// <summary>Whether VIRTIO_F_EVENT_IDX is in use; otherwise the flags of the rings are.</summary>
    public bool EventIdx { get; }

    /// <summary>How the device is kicked and calls; set before the first kick. The device that starts the queue owns it.</summary>
    public QueueNotifier? Notifier { get; set; }

    /// <summary>Accept used lengths beyond what the device could write, for measuring back-ends that are careless about it.</summary>
    public bool AllowsLongUsed { get; set; }

    /// <summary>
    /// VIRTIO_F_IN_ORDER is in use: a request that comes back before an older one is an error. Set before the first
    /// request. The device must write each used element; batches of which only the last is written are not understood.
    /// </summary>
    public bool InOrder
    {
        get => _order is not null;
        set => _order = value ? new ushort[Size] : null;
    }

    /// <summary>Descriptors not in use.</summary>
    public abstract int FreeDescriptors { get; }

    /// <summary>Requests added, published or not, and not taken back yet.</summary>
    public abstract int InFlight { get; }

    /// <summary>Whether the device has used something that was not taken back yet.</summary>
    public abstract bool HasUsed { get; }

    /// <summary>What SET_VRING_ADDR says about this queue.</summary>
    public abstract VringAddress RingAddress { get; }

    /// <summary>
    /// Where a back-end that starts now goes on, as SET_VRING_BASE takes it: at what was used last. Requests in flight
    /// are then served again, provided that former ones were used in order or that in-flight tracking sorts it out.
    /// </summary>
    public abstract uint RingBase { get; }

    /// <summary>Adds a request made of plain descriptors, one for each buffer, in this order.</summary>
    /// <returns>Its id, or false when the ring has too few free descriptors.</returns>
    public bool TryAdd(ReadOnlySpan<DriverBuffer> buffers, out ushort id) => TryAddMixed(buffers, default, out id);

    /// <summary>
    /// Adds a request of plain descriptors followed by one that refers to an indirect table with the rest. A packed ring
    /// has no such mixture: there all of it goes into the table.
    /// </summary>
    /// <param name="direct">May be empty: then the whole request is indirect.</param>
    /// <param name="indirect">May be empty: then nothing is indirect.</param>
    public abstract bool TryAddMixed(ReadOnlySpan<DriverBuffer> direct, ReadOnlySpan<DriverBuffer> indirect, out ushort id);

    /// <summary><see cref="TryAdd"/> for a caller that knows that there is room.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public ushort Add(params ReadOnlySpan<DriverBuffer> buffers) => TryAdd(buffers, out ushort id) ? id : throw Full(buffers.Length);

    /// <summary>Adds a request in an indirect table.</summary>
    /// <exception cref="InvalidOperationException">The ring is full.</exception>
    public ushort AddIndirect(params ReadOnlySpan<DriverBuffer> buffers) => TryAddMixed(default, buffers, out ushort id) ? id : throw Full(1);

    /// <inheritdoc cref="TryAddMixed"/>
    /// <exception cref="InvalidOperationException">The ring is full.</exception>
    public ushort AddMixed(ReadOnlySpan<DriverBuffer> direct, ReadOnlySpan<DriverBuffer> indirect) =>
        TryAddMixed(direct, indirect, out ushort id) ? id : throw Full(direct.Length + 1);

    /// <summary>Shows the device everything that was added.</summary>
    public abstract void Publish();

    /// <summary>Whether the device wants to be told of what was published since this was asked last.</summary>
    public abstract bool NeedsKick();

    /// <summary>Wakes the device, whether it wants it or not.</summary>
    public void Kick() => RequireNotifier().Kick();

    /// <summary>Publishes, and kicks if the device wants it; true when it did.</summary>
    public bool Submit()
    {
        Publish();
        if (!NeedsKick())
            return false;
        Kick();
        return true;
    }

    /// <summary>Takes back one used request; false when there is none.</summary>
    /// <exception cref="RingException">
    /// The used index went further than requests are in flight, or the element names no request in flight, or says that
    /// more was written than there was room for, or came out of order.
    /// </exception>
    public abstract bool TryPop(out UsedChain used);

    /// <summary>Asks the device not to interrupt. It may do so all the same: the suppression is a hint.</summary>
    public abstract void DisableInterrupts();

    /// <summary>Asks the device for an interrupt once it has used <paramref name="count"/> more requests than were taken back.</summary>
    /// <param name="count">1 to the queue size; without EVENT_IDX any number means 1.</param>
    /// <returns>True when that has happened already, so that no interrupt may come: pop instead of waiting.</returns>
    public abstract bool EnableInterrupts(int count = 1);

    /// <summary>Forgets all requests and begins again with fresh rings, as after a device reset.</summary>
    /// <param name="ringBase">Where, as SET_VRING_BASE says it for this layout; null: at the start.</param>
    public abstract void Reset(uint? ringBase = null);

    /// <summary>
    /// Sleeps until the device has used something, with interrupts enabled meanwhile; they stay as they are then.
    /// Without a call descriptor (<see cref="QueueNotifier.CanWait"/>) it spins.
    /// </summary>
    /// <returns>False when the time is over.</returns>
    public bool WaitForUsed(TimeSpan timeout)
    {
        if (HasUsed)
            return true;
        QueueNotifier notifier = RequireNotifier();
        if (!notifier.CanWait)
            return SpinForUsed(timeout);
        Deadline deadline = Deadline.After(timeout);
        while (!EnableInterrupts())
        {
            // A call may be an old one, for requests that were taken back already.
            if (!notifier.WaitForCall(deadline) && deadline.IsOver)
                return HasUsed;
        }

        return true;
    }

    /// <summary>Looks at the ring without a pause until the device has used something.</summary>
    /// <returns>False when the time is over.</returns>
    public bool SpinForUsed(TimeSpan timeout)
    {
        long end = Stopwatch.GetTimestamp() + (long)(timeout.TotalSeconds * Stopwatch.Frequency);
        for (int turn = 1; !HasUsed; turn++)
        {
            Thread.SpinWait(1);
            // Reading the clock costs more than looking at the ring.
            if (turn % 64 == 0 && timeout >= TimeSpan.Zero && Stopwatch.GetTimestamp() >= end)
                return HasUsed;
        }

        return true;
    }

    /// <summary>Gives the queue's guest memory back. The notifier stays its owner's.</summary>
    public abstract void Dispose();

    /// <summary>A request was added.</summary>
    private protected void NoteOrder(ushort id)
    {
        if (_order is null)
            return;
        _order[_youngest] = id;
        _youngest = (_youngest + 1) % Size;
    }

    /// <summary>A request came back.</summary>
    private protected void CheckOrder(ushort id)
    {
        if (_order is null)
            return;
        if (_order[_oldest] != id)
            throw new RingException(Index, $"chain {id} came back before chain {_order[_oldest]}, which is older");
        _oldest = (_oldest + 1) % Size;
    }

    private protected void ForgetOrder() => _oldest = _youngest = 0;

    private QueueNotifier RequireNotifier() =>
        Notifier ?? throw new InvalidOperationException($"queue {Index} has no notifier: it is not part of a started device");

    private InvalidOperationException Full(int wanted) =>
        new($"queue {Index} has {FreeDescriptors} free descriptors, {wanted} are needed");
}
