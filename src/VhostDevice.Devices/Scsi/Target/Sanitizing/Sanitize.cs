// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;

namespace VhostDevice.Devices.Scsi.Target.Sanitizing;

/// <summary>SANITIZE (SBC-4 §5.30, §4.11): all that was ever written is made unreadable through the unit.</summary>
/// <remarks>Runs alone: everything that came before it is over when it begins, and everything that comes then is refused.</remarks>
internal static class Sanitize
{
    /// <summary>Of all service actions.</summary>
    internal const byte Opcode = 0x48;

    private const byte Immediate = 0x80;
    private const byte UnrestrictedExit = 0x20;

    private const int HeadSize = 4;
    private const byte Invert = 0x80;
    private const byte Test = 0x60;
    private const byte Count = 0x1F;

    private static readonly Func<ScsiTask, Step> s_over = Over;

    internal static Step Overwrite(ScsiTask task)
    {
        int block = 1 << task.Unit.BlockShift;
        int length = task.U16(7);
        if (length is <= HeadSize || length > HeadSize + block)
            return task.FailField(7);
        Span<byte> list = task.Scratch[..length];
        if (!task.TryFetch(list))
            return Step.Done;
        int passes = list[0] & Count;
        int pattern = BinaryPrimitives.ReadUInt16BigEndian(list[2..]);
        if (passes == 0 || (list[0] & Test) != 0 || list[1] != 0 || pattern == 0 || pattern > length - HeadSize)
            return task.Fail(SenseCode.InvalidListField);
        return Begin(task, SanitizeRun.Overwriting(list.Slice(HeadSize, pattern), block, passes, inverts: (list[0] & Invert) != 0));
    }

    internal static Step BlockErase(ScsiTask task) => Begin(task, SanitizeRun.Erasing());

    internal static Step ExitFailureMode(ScsiTask task)
    {
        LogicalUnit unit = task.Unit;
        // One that may not be left so ends with another SANITIZE that does well.
        if (unit.Sanitizing is { MayExit: false })
            return task.FailField(1, 4);
        unit.Sanitizing = null;
        return Step.Done;
    }

    private static Step Begin(ScsiTask task, SanitizeRun run)
    {
        bool mayExit = (task.Byte(1) & UnrestrictedExit) != 0;
        if (mayExit && task.Unit.Sanitizing is { MayExit: false })
            return task.FailField(1, 5);
        bool isImmediate = (task.Byte(1) & Immediate) != 0;
        run.MayExit = mayExit;
        task.Unit.BeginSanitizing(task, run);
        if (isImmediate)
            return Step.Done;
        task.Error = Linux.Errno.Success;
        if (run.IsOver)
            return Over(task);
        task.Next = s_over;
        run.Waiter = task;
        return Step.Wait;
    }

    private static Step Over(ScsiTask task) =>
        task.Unit.Sanitizing is { HasFailed: true } ? task.Fail(SenseCode.SanitizeFailed) : Step.Done;
}
