// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scsi.Storage;
using VhostDevice.Devices.Scsi.Target;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Tests.Scsi;

/// <summary>A store that keeps operations until it is told to let them go, fails as it is told, and says what was asked of it.</summary>
internal sealed class TestStore(int length) : BlockStore
{
    private readonly MemoryStore _memory = new(new byte[length]);
    private readonly List<BlockRequest> _held = [];
    private readonly Lock _gate = new();

    /// <summary>Operations wait for <see cref="Release"/>.</summary>
    internal bool Holds { get; set; }

    /// <summary>What an operation ends with.</summary>
    internal Func<BlockRequest, Errno> Fault { get; set; } = static _ => Errno.Success;

    /// <summary>Operations that are held can be let go of.</summary>
    internal bool CanCancel { get; set; } = true;

    internal List<string> Asked { get; } = [];

    internal bool IsDisposed { get; private set; }

    internal int Held => _held.Count;

    internal byte[] Bytes => _memory.Bytes;

    public override ulong Length => _memory.Length;

    public override bool IsReadOnly => false;

    public override bool CanDiscard => true;

    public override bool DiscardsToZero => IsZeroing;

    public override bool HasCache => HasACache;

    /// <summary>What was discarded reads as zeroes.</summary>
    internal bool IsZeroing { get; init; } = true;

    internal bool HasACache { get; init; }

    public override bool Submit(BlockRequest request)
    {
        Asked.Add($"{request.Operation} {request.Offset}+{request.Length}{(request.Durable ? " durable" : "")}");
        if (Holds)
        {
            _held.Add(request);
            return false;
        }

        return End(request, Carry(request));
    }

    public override void Cancel(BlockRequest request)
    {
        if (CanCancel && _held.Remove(request))
            request.Finish(Errno.ECANCELED);
    }

    /// <summary>Lets one operation go that is held.</summary>
    internal void Release(int index = 0)
    {
        BlockRequest request = _held[index];
        _held.RemoveAt(index);
        request.Finish(Carry(request));
    }

    /// <summary>The same, on the loop of the command that it is for.</summary>
    internal void ReleaseAtHome(int index)
    {
        ScsiTask task = (ScsiTask)_held[index];
        _held.RemoveAt(index);
        task.Home!.Post(() => task.Finish(Carry(task)));
    }

    internal void Resize(int bytes) => _memory.Resize(bytes);

    protected override void Dispose(bool disposing)
    {
        IsDisposed = true;
        base.Dispose(disposing);
    }

    private Errno Carry(BlockRequest request)
    {
        using Lock.Scope gate = _gate.EnterScope();
        Errno errno = Fault(request);
        if (errno.IsSuccess)
            _ = _memory.Submit(request);
        return errno;
    }
}
