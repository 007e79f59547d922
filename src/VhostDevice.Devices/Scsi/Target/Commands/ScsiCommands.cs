// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scsi.Target.Copy;
using VhostDevice.Devices.Scsi.Target.Reservations;
using VhostDevice.Devices.Scsi.Target.Sanitizing;

namespace VhostDevice.Devices.Scsi.Target.Commands;

/// <summary>The commands of a disk.</summary>
public sealed class ScsiCommands : CommandSet
{
    private const CommandTraits Always = CommandTraits.AlwaysAllowed;
    private const CommandTraits Ignoring = CommandTraits.IgnoresAttention | CommandTraits.AlwaysAllowed;
    private const CommandTraits Reading = CommandTraits.Medium | CommandTraits.ReadsOnly;
    private const CommandTraits Writing = CommandTraits.Medium | CommandTraits.Writes;
    private const CommandTraits Sanitizes = Writing | CommandTraits.Exclusive;
    private const CommandTraits Reserving = CommandTraits.Reservation;

    // In the order of REPORT SUPPORTED OPERATION CODES.
    private static readonly ScsiCommand[] s_all =
    [
        new("TEST UNIT READY", null, "00 00 00 00 00 00", Always | CommandTraits.Medium, static _ => Step.Done),
        new("REQUEST SENSE", null, "03 01 0000 FF 00", Ignoring, RequestSense.Run),
        new("READ(6)", null, "08 1F FFFF FF 00", Reading, ReadWrite.Read6),
        new("WRITE(6)", null, "0A 1F FFFF FF 00", Writing, ReadWrite.Write6),
        new("INQUIRY", null, "12 01 FF FFFF 00", Ignoring, Inquiry.Run),
        new("MODE SELECT(6)", null, "15 11 0000 FF 00", CommandTraits.None, ModeSelect.Run6),
        new("RESERVE(6)", null, "16 00 00 00 00 00", Reserving, PlainReservation.Reserve),
        new("RELEASE(6)", null, "17 00 00 00 00 00", Reserving, PlainReservation.Release),
        new("MODE SENSE(6)", null, "1A 08 FF FF FF 00", CommandTraits.None, ModeSense.Run6),
        new("START STOP UNIT", null, "1B 01 00 0F F7 00", CommandTraits.None, Power.StartStop),
        new("PREVENT ALLOW MEDIUM REMOVAL", null, "1E 00 00 00 03 00", CommandTraits.ReadsOnly, static _ => Step.Done),
        new("READ CAPACITY(10)", null, "25 00 00000000 0000 00 00", Always | CommandTraits.Medium, Capacity.Run10),
        new("READ(10)", null, "28 1A FFFFFFFF 3F FFFF 00", Reading, ReadWrite.Read10),
        new("WRITE(10)", null, "2A 1A FFFFFFFF 3F FFFF 00", Writing, ReadWrite.Write10),
        new("WRITE AND VERIFY(10)", null, "2E 16 FFFFFFFF 3F FFFF 00", Writing | CommandTraits.Repeatable, Verify.WriteAndVerify10),
        new("VERIFY(10)", null, "2F 16 FFFFFFFF 3F FFFF 00", Reading | CommandTraits.Repeatable, Verify.Run10),
        new("PRE-FETCH(10)", null, "34 02 FFFFFFFF 3F FFFF 00", Reading, PreFetch.Run10),
        new("SYNCHRONIZE CACHE(10)", null, "35 06 FFFFFFFF 3F FFFF 00", CommandTraits.Medium, Synchronize.Run10),
        new("WRITE SAME(10)", null, "41 08 FFFFFFFF 3F FFFF 00", Writing | CommandTraits.Repeatable, WriteSame.Run10),
        new("UNMAP", null, "42 00 00000000 3F FFFF 00", Writing | CommandTraits.ThinOnly, Unmap.Run),
        new("SANITIZE, OVERWRITE", 0x01, "48 A0 0000000000 FFFF 00", Sanitizes, Sanitize.Overwrite),
        new("SANITIZE, BLOCK ERASE", 0x02, "48 A0 0000000000 0000 00", Sanitizes | CommandTraits.ThinOnly, Sanitize.BlockErase),
        new("SANITIZE, EXIT FAILURE MODE", 0x1F, "48 A0 0000000000 0000 00", CommandTraits.None, Sanitize.ExitFailureMode),
        new("MODE SELECT(10)", null, "55 11 0000000000 FFFF 00", CommandTraits.None, ModeSelect.Run10),
        new("MODE SENSE(10)", null, "5A 18 FF FF 000000 FFFF 00", CommandTraits.None, ModeSense.Run10),
        new("PERSISTENT RESERVE IN, READ KEYS", 0, "5E 00 0000000000 FFFF 00", Always, PersistentReserveIn.ReadKeys),
        new("PERSISTENT RESERVE IN, READ RESERVATION", 1, "5E 00 0000000000 FFFF 00", Always, PersistentReserveIn.ReadReservation),
        new("PERSISTENT RESERVE IN, REPORT CAPABILITIES", 2, "5E 00 0000000000 FFFF 00", Always, PersistentReserveIn.ReportCapabilities),
        new("PERSISTENT RESERVE IN, READ FULL STATUS", 3, "5E 00 0000000000 FFFF 00", Always, PersistentReserveIn.ReadFullStatus),
        new("PERSISTENT RESERVE OUT, REGISTER", 0, "5F 00 FF 0000 FFFFFFFF 00", Reserving, PersistentReserveOut.Register),
        new("PERSISTENT RESERVE OUT, RESERVE", 1, "5F 00 FF 0000 FFFFFFFF 00", Reserving, PersistentReserveOut.Reserve),
        new("PERSISTENT RESERVE OUT, RELEASE", 2, "5F 00 FF 0000 FFFFFFFF 00", Reserving, PersistentReserveOut.Release),
        new("PERSISTENT RESERVE OUT, CLEAR", 3, "5F 00 FF 0000 FFFFFFFF 00", Reserving, PersistentReserveOut.Clear),
        new("PERSISTENT RESERVE OUT, PREEMPT", 4, "5F 00 FF 0000 FFFFFFFF 00", Reserving, PersistentReserveOut.Preempt),
        new("PERSISTENT RESERVE OUT, PREEMPT AND ABORT", 5, "5F 00 FF 0000 FFFFFFFF 00", Reserving, PersistentReserveOut.PreemptAndAbort),
        new(
            "PERSISTENT RESERVE OUT, REGISTER AND IGNORE EXISTING KEY",
            6,
            "5F 00 FF 0000 FFFFFFFF 00",
            Reserving,
            PersistentReserveOut.RegisterAndIgnore),
        new("EXTENDED COPY(LID1)", 0, "83 00 0000000000000000 FFFFFFFF 00 00", CommandTraits.Medium | CommandTraits.Repeatable, ExtendedCopy.Run),
        new("RECEIVE COPY STATUS(LID1)", 0, "84 00 FF 00000000000000 FFFFFFFF 00 00", CommandTraits.None, ReceiveCopyResults.Status),
        new("RECEIVE COPY OPERATING PARAMETERS", 3, "84 00 FF 00000000000000 FFFFFFFF 00 00", CommandTraits.None, ReceiveCopyResults.Parameters),
        new("READ(16)", null, "88 1A FFFFFFFFFFFFFFFF FFFFFFFF 3F 00", Reading, ReadWrite.Read16),
        new("COMPARE AND WRITE", null, "89 1A FFFFFFFFFFFFFFFF 000000 FF 3F 00", Writing | CommandTraits.Exclusive, CompareAndWrite.Run),
        new("WRITE(16)", null, "8A 1A FFFFFFFFFFFFFFFF FFFFFFFF 3F 00", Writing, ReadWrite.Write16),
        new("ORWRITE(16)", null, "8B 1A FFFFFFFFFFFFFFFF FFFFFFFF 3F 00", Writing | CommandTraits.Exclusive, OrWrite.Run),
        new("WRITE AND VERIFY(16)", null, "8E 16 FFFFFFFFFFFFFFFF FFFFFFFF 3F 00", Writing | CommandTraits.Repeatable, Verify.WriteAndVerify16),
        new("VERIFY(16)", null, "8F 16 FFFFFFFFFFFFFFFF FFFFFFFF 3F 00", Reading | CommandTraits.Repeatable, Verify.Run16),
        new("PRE-FETCH(16)", null, "90 02 FFFFFFFFFFFFFFFF FFFFFFFF 3F 00", Reading, PreFetch.Run16),
        new("SYNCHRONIZE CACHE(16)", null, "91 06 FFFFFFFFFFFFFFFF FFFFFFFF 3F 00", CommandTraits.Medium, Synchronize.Run16),
        new("WRITE SAME(16)", null, "93 09 FFFFFFFFFFFFFFFF FFFFFFFF 3F 00", Writing | CommandTraits.Repeatable, WriteSame.Run16),
        new("READ CAPACITY(16)", 0x10, "9E 00 0000000000000000 FFFFFFFF 00 00", Always | CommandTraits.Medium, Capacity.Run16),
        new("GET LBA STATUS", 0x12, "9E 00 FFFFFFFFFFFFFFFF FFFFFFFF 00 00", Reading, LbaStatus.Run),
        // Carried out by the target, which has the list.
        new("REPORT LUNS", null, "A0 00 FF 000000 FFFFFFFF 00 00", Ignoring, static _ => Step.Done),
        new("REPORT SUPPORTED OPERATION CODES", 0x0C, "A3 00 87 FF FFFF FFFFFFFF 00 00", Always, SupportedCommands.OperationCodes),
        new("REPORT SUPPORTED TASK MANAGEMENT FUNCTIONS", 0x0D, "A3 00 80 000000 FFFFFFFF 00 00", Always, SupportedCommands.ManagementFunctions),
        new("READ(12)", null, "A8 1A FFFFFFFF FFFFFFFF 3F 00", Reading, ReadWrite.Read12),
        new("WRITE(12)", null, "AA 1A FFFFFFFF FFFFFFFF 3F 00", Writing, ReadWrite.Write12),
        new("WRITE AND VERIFY(12)", null, "AE 16 FFFFFFFF FFFFFFFF 3F 00", Writing | CommandTraits.Repeatable, Verify.WriteAndVerify12),
        new("VERIFY(12)", null, "AF 16 FFFFFFFF FFFFFFFF 3F 00", Reading | CommandTraits.Repeatable, Verify.Run12),
    ];

    private ScsiCommands()
        : base(s_all)
    {
    }

    public static ScsiCommands Disk { get; } = new();

    internal override Step RunWithoutUnit(ScsiTask task, ScsiTarget target, byte number, bool isWellKnown) =>
        AbsentUnit.Run(task, target, number, isWellKnown);
}
