// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.CompilerServices;
using VhostDevice.Devices.Scsi.Storage;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Scsi.Target.Sanitizing;

/// <summary>
/// A sanitize operation, from its command to its end, however long that takes: a task of the unit that no initiator has
/// sent and no task management function ends. When it has failed it stays, and the unit with it, until the failure mode
/// is left.
/// </summary>
internal sealed unsafe class SanitizeRun : ScsiTask
{
    // What is given back with one call, and what is written with one.
    private const ulong EraseStep = 256 << 20;
    private const ulong WriteStep = 4 << 20;

    private static readonly ScsiCommand s_command = new("", null, "48 00 0000000000 0000 00", CommandTraits.AlwaysAllowed | CommandTraits.Part, Go);
    private static readonly Func<ScsiTask, Step> s_moved = Moved;
    private static readonly Func<ScsiTask, Step> s_flushed = Flushed;

    private readonly int _passes;
    private readonly bool _inverts;
    private bool _erases;
    private int _pass;

    private SanitizeRun(int passes, bool inverts, bool erases)
    {
        _passes = passes;
        _inverts = inverts;
        _erases = erases;
        Command = s_command;
        IsPatient = true;
    }

    public override ulong InLength => 0;

    public override ulong OutLength => 0;

    internal override bool IsPart => true;

    internal override bool OutlastsManagement => true;

    /// <summary>The failure mode may be left without another SANITIZE (AUSE).</summary>
    internal bool MayExit { get; set; }

    /// <summary>The command that waits for the end.</summary>
    internal ScsiTask? Waiter { get; set; }

    internal bool IsOver { get; private set; }

    internal bool HasFailed { get; private set; }

    /// <summary>How much is done, of 65536.</summary>
    internal ushort Progress
    {
        get
        {
            double size = Math.Max(1, Unit.BlockCount << Unit.BlockShift);
            return (ushort)Math.Min(65536 * (_pass + (Position / size)) / _passes, ushort.MaxValue);
        }
    }

    /// <summary>What the unit says of itself meanwhile, and after a failure.</summary>
    internal SenseCode State => HasFailed ? SenseCode.SanitizeFailed : SenseCode.Sanitizing;

    /// <summary>Writes a pattern everywhere, which begins anew in each block.</summary>
    /// <param name="passes">How often; at least 1.</param>
    /// <param name="inverts">Each pass writes the opposite of the last.</param>
    internal static SanitizeRun Overwriting(ReadOnlySpan<byte> pattern, int block, int passes, bool inverts)
    {
        SanitizeRun run = new(passes, inverts, erases: false);
        Span<byte> first = run.Scratch[..block];
        for (int at = 0; at < block; at += pattern.Length)
            pattern[..Math.Min(pattern.Length, block - at)].CopyTo(first[at..]);
        for (int at = block; at < ScratchSize; at += block)
            first.CopyTo(run.Scratch[at..]);
        return run;
    }

    /// <summary>Gives everything back, so that it reads as zeroes.</summary>
    internal static SanitizeRun Erasing()
    {
        SanitizeRun run = new(passes: 1, inverts: false, erases: true);
        // Written where it cannot be had otherwise.
        run.Scratch.Clear();
        return run;
    }

    /// <summary>Whether a command has to hear of this instead of being carried out.</summary>
    internal bool Refuses(ScsiTask task) =>
        (task.Command is not { } command || (command.Traits & CommandTraits.IgnoresAttention) == 0)
            && !(HasFailed && task.Byte(0) == Sanitize.Opcode);

    /// <summary>Ends a command so.</summary>
    internal Step Refuse(ScsiTask task) => HasFailed ? task.Fail(State) : task.Fail(State, progress: Progress);

    protected override void Completed()
    {
        IsOver = true;
        HasFailed = IsAborted || Status != ScsiStatus.Good;
        if (!HasFailed && Unit.Sanitizing == this)
            Unit.Sanitizing = null;
        LetGo();
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

    private static Step Go(ScsiTask task) => ((SanitizeRun)task).Continue();

    private static Step Moved(ScsiTask task)
    {
        SanitizeRun run = (SanitizeRun)task;
        if (run.Error == Errno.EOPNOTSUPP)
            run._erases = false;
        else
            run.Position += run.Blocks;
        return run.Continue();
    }

    private static Step Flushed(ScsiTask task)
    {
        SanitizeRun run = (SanitizeRun)task;
        run.Position = 0;
        if (++run._pass == run._passes)
            return Step.Done;
        if (run._inverts)
        {
            foreach (ref byte each in run.Scratch)
                each = (byte)~each;
        }

        return run.Continue();
    }

    private Step Continue()
    {
        // Whoever waits may be aborted; this goes on.
        if (Waiter is { IsAborted: true })
            LetGo();
        if (Unit.IsGone)
        {
            IsAborted = true;
            return Step.Done;
        }

        ulong size = Unit.BlockCount << Unit.BlockShift;
        if (Position >= size)
        {
            // A pass is over when it is on the medium.
            Next = s_flushed;
            return Order(BlockOperation.Flush);
        }

        Next = s_moved;
        // Bytes of the step; the operation's own length counts down.
        Blocks = Math.Min(_erases ? EraseStep : WriteStep, size - Position);
        if (_erases)
            return Order(Unit.Store.CanDiscard && Unit.Store.DiscardsToZero ? BlockOperation.Discard : BlockOperation.Zero, Position, Blocks);
        Step step = Order(BlockOperation.Write, Position, Blocks);
        for (ulong left = Blocks; left > 0;)
        {
            ulong n = Math.Min(left, ScratchSize);
            AddPiece(new IoVec((byte*)Unsafe.AsPointer(ref Scratch[0]), (nuint)n));
            left -= n;
        }

        return step;
    }

    private void LetGo()
    {
        ScsiTask? waiter = Waiter;
        Waiter = null;
        waiter?.Unit.Resume(waiter);
    }
}
