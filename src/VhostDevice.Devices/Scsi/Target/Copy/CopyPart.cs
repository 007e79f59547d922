// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scsi.Storage;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Scsi.Target.Copy;

/// <summary>
/// A read or a write that a copy sends to a unit: a command among the unit's others, so that reservations, protection,
/// atomic commands and the unit's end count for it as they do for an initiator's.
/// </summary>
internal sealed class CopyPart : ScsiTask
{
    private static readonly ScsiCommand s_read = new(
        "", null, "88 00 0000000000000000 00000000 00 00", CommandTraits.Medium | CommandTraits.ReadsOnly | CommandTraits.Part, Transfer);

    private static readonly ScsiCommand s_write = new(
        "", null, "8A 00 0000000000000000 00000000 00 00", CommandTraits.Medium | CommandTraits.Writes | CommandTraits.Part, Transfer);

    private ScsiTask? _waiter;

    public override ulong InLength => 0;

    public override ulong OutLength => 0;

    internal override bool IsPart => true;

    internal override ScsiTask Whole => _waiter ?? this;

    internal bool IsComplete { get; private set; }

    internal bool IsGood => IsComplete && !IsAborted && Status == ScsiStatus.Good;

    /// <summary>Reads into <see cref="ScsiTask.Scratch"/>, or writes what is there.</summary>
    /// <param name="copy">Resumed when this ends later.</param>
    /// <returns>False: later.</returns>
    internal bool Begin(ScsiTask copy, LogicalUnit unit, bool write, ulong offset, int length)
    {
        Clear();
        Nexus = copy.Nexus;
        Home = copy.Home;
        Engine = copy.Engine;
        IsComplete = false;
        Command = write ? s_write : s_read;
        // Byte 0 is all that is looked at.
        Cdb[0] = Command.Opcode;
        Position = offset;
        Chunk = length;
        unit.StartPart(this);
        if (!IsComplete)
            _waiter = copy;
        return IsComplete;
    }

    protected override void Completed()
    {
        IsComplete = true;
        ScsiTask? waiter = _waiter;
        _waiter = null;
        waiter?.Unit.Resume(waiter);
    }

    protected override ReadOnlySpan<IoVec> InPieces(out ulong skip)
    {
        skip = 0;
        return [];
    }

    protected override ReadOnlySpan<IoVec> OutPieces(out ulong skip)
    {
        skip = 0;
        return [];
    }

    private static Step Transfer(ScsiTask task)
    {
        // The unit may have shrunk since the copy began.
        ulong size = task.Unit.BlockCount << task.Unit.BlockShift;
        if (task.Position > size || (ulong)task.Chunk > size - task.Position)
            return task.Fail(SenseCode.OutOfRange);
        bool write = task.Command == s_write;
        task.Durable = write && !task.Unit.Modes.WriteCache;
        return task.TransferScratch(write ? BlockOperation.Write : BlockOperation.Read, task.Position, task.Chunk);
    }
}
