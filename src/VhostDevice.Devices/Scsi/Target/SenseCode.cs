// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Scsi.Target;

/// <summary>Sense key, additional sense code and qualifier (SPC-5 §4.4, annex F).</summary>
/// <param name="Key">What kind of problem.</param>
/// <param name="Code">ASC in the high byte, ASCQ in the low one.</param>
public readonly record struct SenseCode(byte Key, ushort Code)
{
    public const byte NoSense = 0x0;
    public const byte NotReady = 0x2;
    public const byte MediumError = 0x3;
    public const byte HardwareError = 0x4;
    public const byte IllegalRequest = 0x5;
    public const byte UnitAttention = 0x6;
    public const byte DataProtect = 0x7;
    public const byte CopyAbort = 0xA;
    public const byte Miscompare = 0xE;

    public static readonly SenseCode None = new(NoSense, 0x0000);
    public static readonly SenseCode CopyInProgress = new(IllegalRequest, 0x0016);
    public static readonly SenseCode Stopped = new(NotReady, 0x0402);
    public static readonly SenseCode Sanitizing = new(NotReady, 0x041B);
    public static readonly SenseCode WriteError = new(MediumError, 0x0C00);
    public static readonly SenseCode ReadError = new(MediumError, 0x1100);
    public static readonly SenseCode SanitizeFailed = new(MediumError, 0x3103);
    public static readonly SenseCode InternalFailure = new(HardwareError, 0x4400);
    public static readonly SenseCode ListLength = new(IllegalRequest, 0x1A00);
    public static readonly SenseCode InvalidOpcode = new(IllegalRequest, 0x2000);
    public static readonly SenseCode OutOfRange = new(IllegalRequest, 0x2100);
    public static readonly SenseCode InvalidCdbField = new(IllegalRequest, 0x2400);
    public static readonly SenseCode NoSuchUnit = new(IllegalRequest, 0x2500);
    public static readonly SenseCode InvalidListField = new(IllegalRequest, 0x2600);
    public static readonly SenseCode InvalidRelease = new(IllegalRequest, 0x2604);
    public static readonly SenseCode TooManyCopyTargets = new(IllegalRequest, 0x2606);
    public static readonly SenseCode UnknownCopyTarget = new(IllegalRequest, 0x2607);
    public static readonly SenseCode TooManySegments = new(IllegalRequest, 0x2608);
    public static readonly SenseCode UnknownSegment = new(IllegalRequest, 0x2609);
    public static readonly SenseCode TooMuchInlineData = new(IllegalRequest, 0x260B);
    public static readonly SenseCode SavingNotSupported = new(IllegalRequest, 0x3900);
    public static readonly SenseCode NoRegistrationRoom = new(IllegalRequest, 0x5504);
    public static readonly SenseCode PowerOn = new(UnitAttention, 0x2900);
    public static readonly SenseCode UnitReset = new(UnitAttention, 0x2903);
    public static readonly SenseCode NexusLoss = new(UnitAttention, 0x2907);
    public static readonly SenseCode ModeChanged = new(UnitAttention, 0x2A01);
    public static readonly SenseCode ReservationsPreempted = new(UnitAttention, 0x2A03);
    public static readonly SenseCode ReservationsReleased = new(UnitAttention, 0x2A04);
    public static readonly SenseCode RegistrationsPreempted = new(UnitAttention, 0x2A05);
    public static readonly SenseCode CapacityChanged = new(UnitAttention, 0x2A09);
    public static readonly SenseCode CommandsCleared = new(UnitAttention, 0x2F00);
    public static readonly SenseCode UnitsChanged = new(UnitAttention, 0x3F0E);
    public static readonly SenseCode WriteProtected = new(DataProtect, 0x2700);
    public static readonly SenseCode NoSpace = new(DataProtect, 0x2707);
    public static readonly SenseCode CopyAborted = new(CopyAbort, 0x0000);
    public static readonly SenseCode UnreachableCopyTarget = new(CopyAbort, 0x0804);
    public static readonly SenseCode CopyTargetFailed = new(CopyAbort, 0x0D01);
    public static readonly SenseCode CopyTargetNotReachable = new(CopyAbort, 0x0D02);
    public static readonly SenseCode WrongCopyTarget = new(CopyAbort, 0x0D03);
    public static readonly SenseCode InexactSegment = new(CopyAbort, 0x260A);
    public static readonly SenseCode VerifyMiscompare = new(Miscompare, 0x1D00);
}
