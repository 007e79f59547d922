// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scsi.Storage;
using VhostDevice.Linux;

namespace VhostDevice.Fuzz.Device;

/// <summary>A disk in memory whose operations wait, on demand, and fail, on demand.</summary>
internal sealed class HeldStore(int bytes) : BlockStore
{
    private readonly MemoryStore _memory = new(new byte[bytes]);
    private readonly List<BlockRequest> _held = [];

    internal bool Holds { get; set; }

    /// <summary>What all operations end with.</summary>
    internal Errno Fault { get; set; }

    public override ulong Length => _memory.Length;

    public override bool IsReadOnly => false;

    public override bool CanDiscard => true;

    public override bool Submit(BlockRequest request)
    {
        if (!Holds)
            return End(request, Carry(request));
        _held.Add(request);
        return false;
    }

    internal void Release(int which)
    {
        if (_held.Count == 0)
            return;
        BlockRequest request = _held[which % _held.Count];
        _held.RemoveAt(which % _held.Count);
        request.Finish(Carry(request));
    }

    internal void ReleaseAll()
    {
        Holds = false;
        while (_held.Count > 0)
            Release(0);
    }

    internal void Resize(int length) => _memory.Resize(length);

    protected override void Dispose(bool disposing)
    {
        Promise.Keep(_held.Count == 0, "a store is closed when nothing is out");
        base.Dispose(disposing);
    }

    private Errno Carry(BlockRequest request)
    {
        if (Fault.IsSuccess)
            _ = _memory.Submit(request);
        return Fault;
    }
}
