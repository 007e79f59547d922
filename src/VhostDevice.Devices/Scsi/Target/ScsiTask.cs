// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using VhostDevice.Devices.Scsi.Storage;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Scsi.Target;

/// <summary>
/// One command on its way: what the initiator sent, how far it is, and its answer. A transport derives its own from
/// this, and uses each again and again.
/// </summary>
public abstract unsafe class ScsiTask : BlockRequest, IDeferred
{
    /// <summary>Bytes of a CDB that are kept; those that a transport does not send are 0.</summary>
    public const int CdbSize = 256;

    /// <summary>Bytes of <see cref="Scratch"/>: the piece in which commands compare and combine.</summary>
    public const int ScratchSize = 64 * 1024;

    // So much a command does at once, one to two milliseconds of copying.
    private const ulong TurnBytes = 16 << 20;

    private readonly byte[] _cdb = new byte[CdbSize];
    private readonly byte[] _sense = new byte[SenseData.MaxSize];
    private byte[]? _scratch;
    private Action? _complete;
    private Action? _begin;

    /// <summary>The command descriptor block.</summary>
    public Span<byte> Cdb => _cdb;

    /// <summary>Who sent it.</summary>
    public ScsiNexus Nexus { get; set; } = null!;

    /// <summary>The initiator's name for it.</summary>
    public ulong Tag { get; set; }

    /// <summary>The loop on which it is carried out and answered, where there are several.</summary>
    public EventLoop? Home { get; set; }

    /// <summary>
    /// The loop that a command lets do other things now and then while its store has done each operation at once. Null: it
    /// is not served by a loop.
    /// </summary>
    public EventLoop? Loop { get; set; }

    public TaskAttribute Attribute { get; set; }

    /// <summary>The logical unit that it is for, while it is there.</summary>
    public LogicalUnit Unit { get; internal set; } = null!;

    public ScsiStatus Status { get; private set; }

    /// <summary>Sense data of <see cref="ScsiStatus.CheckCondition"/>.</summary>
    public ReadOnlySpan<byte> Sense => _sense.AsSpan(0, SenseLength);

    /// <summary>Bytes that were put into the initiator's buffer, from its start.</summary>
    public ulong InBytes { get; private set; }

    /// <summary>Bytes of the initiator's data that the command made use of.</summary>
    public ulong OutBytes { get; private set; }

    /// <summary>The command moves more than there is buffer for.</summary>
    public bool Overrun { get; private set; }

    /// <summary>A task management function ended it: there is no status.</summary>
    public bool IsAborted { get; internal set; }

    /// <summary>What ended it was a reset, of the unit or the nexus; it <see cref="IsAborted"/>, too.</summary>
    public bool IsReset { get; internal set; }

    /// <summary>Room for the device's data.</summary>
    public abstract ulong InLength { get; }

    /// <summary>Bytes that the initiator sent with the command.</summary>
    public abstract ulong OutLength { get; }

    internal ScsiCommand? Command { get; set; }

    internal bool IsRunning { get; set; }

    /// <summary>No initiator sent it: it is part of another one.</summary>
    internal virtual bool IsPart => false;

    /// <summary>The command that an initiator sent: this one, or the one that this is part of.</summary>
    internal virtual ScsiTask Whole => this;

    /// <summary>No task management function ends it, or sees it.</summary>
    internal virtual bool OutlastsManagement => false;

    /// <summary>What a command of many steps keeps beside the task. Stays with it, to be used again.</summary>
    internal ITaskRun? Run { get; set; }

    internal bool IsExclusive { get; set; }

    internal ScsiTask? Previous { get; set; }

    internal ScsiTask? Following { get; set; }

    /// <summary>What goes on once the operation that was asked for is done well. Null: the command is complete then.</summary>
    internal Func<ScsiTask, Step>? Next { get; set; }

    /// <summary>The block, and blocks left, for commands of several steps.</summary>
    internal ulong Lba { get; set; }

    internal ulong Blocks { get; set; }

    /// <summary>How far a command of several steps is in the initiator's data, in bytes.</summary>
    internal ulong Position { get; set; }

    /// <summary>How many bytes the step takes.</summary>
    internal int Chunk { get; set; }

    /// <summary>Room for <see cref="ScratchSize"/> bytes, pinned.</summary>
    internal Span<byte> Scratch => _scratch ??= GC.AllocateUninitializedArray<byte>(ScratchSize, pinned: true);

    private int SenseLength { get; set; }

    /// <summary>Whether this is not the thread of its loop.</summary>
    internal bool IsAway => Home is { IsCurrent: false };

    /// <summary>The command is complete; on its loop's thread.</summary>
    protected abstract void Completed();

    /// <summary>The initiator's buffer for data, which begins so many bytes into the pieces.</summary>
    protected abstract ReadOnlySpan<IoVec> InPieces(out ulong skip);

    /// <summary>The initiator's data, which begins so many bytes into the pieces.</summary>
    protected abstract ReadOnlySpan<IoVec> OutPieces(out ulong skip);

    protected sealed override void Done() => Unit.Resume(this);

    void IDeferred.RunDeferred() => Unit.Resume(this);

    // What a command works with.

    internal byte Byte(int at) => _cdb[at];

    internal ushort U16(int at) => BinaryPrimitives.ReadUInt16BigEndian(_cdb.AsSpan(at));

    internal uint U32(int at) => BinaryPrimitives.ReadUInt32BigEndian(_cdb.AsSpan(at));

    internal ulong U64(int at) => BinaryPrimitives.ReadUInt64BigEndian(_cdb.AsSpan(at));

    internal void Clear()
    {
        Status = ScsiStatus.Good;
        SenseLength = 0;
        InBytes = OutBytes = 0;
        Overrun = IsAborted = IsReset = false;
        Next = null;
        Lba = Blocks = Position = 0;
        Durable = false;
        IsExclusive = false;
        IsCancelled = false;
    }

    /// <summary>Completes the command, on its own loop.</summary>
    internal void Complete()
    {
        if (Home is null)
            Completed();
        else
            CompleteAt(Home);
    }

    private void CompleteAt(EventLoop home)
    {
        if (home.IsCurrent)
            Completed();
        else
            home.Post(_complete ??= Completed);
    }

    /// <summary>Counts what was done without leaving the loop; true: the task is resumed in the loop's next turn.</summary>
    /// <param name="done">Bytes done in this turn so far.</param>
    internal bool TryYield(ref ulong done, ulong bytes)
    {
        done += bytes;
        if (done < TurnBytes || Loop is null)
            return false;
        done = 0;
        Loop.Yield(this);
        return true;
    }

    /// <summary>Has its unit begin it on its own loop.</summary>
    internal void BeginAtHome() => Home!.Post(_begin ??= () => Unit.BeginAtHome(this));

    /// <summary>Ends the command with CHECK CONDITION.</summary>
    internal Step Fail(SenseCode code, ulong? information = null, (int Byte, int Bit)? field = null, uint? command = null, ushort? progress = null)
    {
        Status = ScsiStatus.CheckCondition;
        SenseLength = SenseData.Write(_sense, Unit is { } unit && unit.Modes.DescriptorSense, code, information, field, command, progress);
        return Step.Done;
    }

    /// <summary>Ends the command because of a byte of its CDB.</summary>
    internal Step FailField(int at, int bit = 7) => Fail(SenseCode.InvalidCdbField, field: (at, bit));

    internal Step Conflict()
    {
        Status = ScsiStatus.ReservationConflict;
        return Step.Done;
    }

    /// <summary>Answers with data, cut at the allocation length.</summary>
    internal Step Reply(ReadOnlySpan<byte> data, ulong allocationLength)
    {
        if ((ulong)data.Length > allocationLength)
            data = data[..(int)allocationLength];
        ReadOnlySpan<IoVec> pieces = InPieces(out ulong skip);
        int n = DataPieces.Write(pieces, skip, data);
        InBytes = (ulong)n;
        Overrun = n < data.Length;
        return Step.Done;
    }

    /// <summary>Takes a parameter list, of the length that the CDB says; false, with the command ended, when less was sent.</summary>
    internal bool TryFetch(Span<byte> target)
    {
        ReadOnlySpan<IoVec> pieces = OutPieces(out ulong skip);
        OutBytes = (ulong)DataPieces.Read(pieces, skip, target);
        if (OutBytes == (ulong)target.Length)
            return true;
        Overrun = true;
        return false;
    }

    /// <summary>Copies from the initiator's data.</summary>
    internal void CopyOut(ulong offset, Span<byte> target)
    {
        ReadOnlySpan<IoVec> pieces = OutPieces(out ulong skip);
        // What the initiator sent is as long as was checked before.
        _ = DataPieces.Read(pieces, skip + offset, target);
    }

    /// <summary>Whether the initiator sent that much; otherwise the command is ended.</summary>
    internal bool TryTakeOut(ulong bytes)
    {
        Overrun = OutLength < bytes;
        if (!Overrun)
            OutBytes = bytes;
        return !Overrun;
    }

    /// <summary>Whether the initiator's buffer has room for that much; otherwise the command is ended.</summary>
    internal bool TryHaveRoom(ulong bytes)
    {
        Overrun = InLength < bytes;
        return !Overrun;
    }

    /// <summary>Asks for a transfer between the store and the initiator's memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal Step Transfer(BlockOperation operation, ulong offset, ulong length, ulong dataOffset)
    {
        Operation = operation;
        Offset = offset;
        Length = length;
        ClearPieces();
        ReadOnlySpan<IoVec> pieces = operation == BlockOperation.Read ? InPieces(out ulong skip) : OutPieces(out skip);
        DataPieces.Add(this, pieces, skip + dataOffset, length);
        return Step.Io;
    }

    /// <summary>The data of a read has arrived in the initiator's memory.</summary>
    internal void CountIn(ulong bytes) => InBytes = bytes;

    /// <summary>Asks for a transfer between the store and <see cref="Scratch"/>.</summary>
    internal Step TransferScratch(BlockOperation operation, ulong offset, int length, int at = 0)
    {
        Operation = operation;
        Offset = offset;
        Length = (ulong)length;
        ClearPieces();
        AddPiece(new IoVec((byte*)Unsafe.AsPointer(ref Scratch[at]), (nuint)length));
        return Step.Io;
    }

    /// <summary>Asks for an operation without data.</summary>
    internal Step Order(BlockOperation operation, ulong offset = 0, ulong length = 0)
    {
        Operation = operation;
        Offset = offset;
        Length = length;
        ClearPieces();
        return Step.Io;
    }
}
