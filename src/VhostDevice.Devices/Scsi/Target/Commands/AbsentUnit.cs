// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Scsi.Target.Commands;

/// <summary>Commands for a logical unit that is not there, at a target that is; and for the one that only lists the others.</summary>
internal static class AbsentUnit
{
    private const byte InquiryOpcode = 0x12;
    private const byte RequestSenseOpcode = 0x03;
    private const byte TestUnitReadyOpcode = 0x00;
    private const byte NoDevice = 0x7F;
    private const byte WellKnownUnit = 0x1E;

    internal static Step Run(ScsiTask task, ScsiTarget target, byte number, bool isWellKnown)
    {
        switch (task.Byte(0))
        {
            case ReportLuns.Opcode:
                return ReportLuns.Run(task, target, number);
            case InquiryOpcode:
                return Inquiry.RunAs(task, isWellKnown ? WellKnownUnit : NoDevice);
            case RequestSenseOpcode:
                return RequestSense.Reply(task, isWellKnown ? SenseCode.None : SenseCode.NoSuchUnit);
            case TestUnitReadyOpcode when isWellKnown:
                return Step.Done;
            default:
                return task.Fail(isWellKnown ? SenseCode.InvalidOpcode : SenseCode.NoSuchUnit);
        }
    }
}
