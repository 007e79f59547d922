// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Queues;
using VhostDevice.Virtio.Tests.Support;

namespace VhostDevice.Virtio.Tests.Litmus;

/// <summary>
/// The device publishes a used element and looks whether an interrupt is asked for; the driver asks for one and looks
/// at the used index (virtio 1.3 §2.7.7, §2.7.14).
/// </summary>
internal sealed class InterruptDuel : Duel
{
    private readonly RingFixture _f;
    private readonly bool _eventIdx;
    private readonly bool _broken;

    public InterruptDuel(bool eventIdx, bool broken)
    {
        _f = new RingFixture(size: 256, eventIdx: eventIdx);
        _eventIdx = eventIdx;
        _broken = broken;
        _f.Driver.Chain(0, Desc.In(_f.Data, 8)); // every entry of the fresh ring says head 0
        // The first batch of a run interrupts anyhow.
        Settle(-1);
        _ = _f.Queue.Publish();
        Settle(0);
    }

    protected override bool DeviceActs(int round) => _broken ? PublishWithoutBarrier(round) : _f.Queue.Publish();

    // One element was published before the first round.
    protected override bool DriverActs(int round)
    {
        if (_eventIdx)
            Volatile.Write(ref _f.Driver.UsedEvent, (ushort)round);
        else
            Volatile.Write(ref _f.Driver.AvailableFlags, 0);
        Interlocked.MemoryBarrier();
        return Volatile.Read(ref _f.Driver.UsedIndex) != (ushort)round;
    }

    protected override void Settle(int round)
    {
        if (!_eventIdx)
            _f.Driver.AvailableFlags = 1;
        _f.Driver.AvailableIndex = (ushort)(round + 2);
        _f.Queue.BeginTurn(1);
        _f.Queue.Complete(_f.Pop(), 8);
    }

    /// <summary>The control: what <see cref="OwnedVirtqueue.Publish"/> does, but for its barrier.</summary>
    private bool PublishWithoutBarrier(int round)
    {
        Volatile.Write(ref _f.Driver.UsedIndex, (ushort)(round + 1));
        return _eventIdx
            ? Volatile.Read(ref _f.Driver.UsedEvent) == (ushort)round
            : (Volatile.Read(ref _f.Driver.AvailableFlags) & 1) == 0;
    }
}
