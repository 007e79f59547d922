// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Queues;
using VhostDevice.Virtio.Tests.Support;

namespace VhostDevice.Virtio.Tests.Litmus;

/// <summary>
/// The device asks for kicks and looks at the available index; the driver exposes a chain and looks whether a kick is
/// asked for (virtio 1.3 §2.7.10, §2.7.13).
/// </summary>
internal sealed class KickDuel : Duel
{
    private readonly RingFixture _f;
    private readonly bool _eventIdx;
    private readonly bool _broken;

    public KickDuel(bool eventIdx, bool broken)
    {
        _f = new RingFixture(size: 256, eventIdx: eventIdx);
        _eventIdx = eventIdx;
        _broken = broken;
        _f.Driver.Chain(0, Desc.In(_f.Data, 8)); // every entry of the fresh ring says head 0
        _f.Driver.AvailEvent = 0xffff;
        _f.Queue.SuppressKicks();
    }

    protected override bool DeviceActs(int round) => _broken ? RequestWithoutBarrier(round) : _f.Queue.RequestKicks();

    protected override bool DriverActs(int round)
    {
        Volatile.Write(ref _f.Driver.AvailableIndex, (ushort)round);
        Interlocked.MemoryBarrier();
        return _eventIdx
            ? Volatile.Read(ref _f.Driver.AvailEvent) == (ushort)(round - 1)
            : (Volatile.Read(ref _f.Driver.UsedFlags) & 1) == 0;
    }

    protected override void Settle(int round)
    {
        _f.Queue.BeginTurn(1);
        _f.Queue.Complete(_f.Pop(), 8);
        _ = _f.Queue.Publish();
        if (_broken && !_eventIdx)
            _f.Driver.UsedFlags = 1;
        else
            _f.Queue.SuppressKicks();
    }

    /// <summary>The control: what <see cref="SplitVirtqueue.RequestKicks"/> does, but for its barrier.</summary>
    private bool RequestWithoutBarrier(int round)
    {
        if (_eventIdx)
            Volatile.Write(ref _f.Driver.AvailEvent, (ushort)(round - 1));
        else
            Volatile.Write(ref _f.Driver.UsedFlags, 0);
        return Volatile.Read(ref _f.Driver.AvailableIndex) != (ushort)(round - 1);
    }
}
