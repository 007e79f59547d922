// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;

namespace VhostDevice.Devices.Scsi.Target;

/// <summary>REPORT LUNS (SPC-5 §6.33).</summary>
internal static class ReportLuns
{
    internal const byte Opcode = 0xA0;

    private const int HeadSize = 8;

    internal static Step Run(ScsiTask task, ScsiTarget target, byte number)
    {
        ScsiCommand command = target.Commands.Find(Opcode, 0)!;
        if (!command.IsWellFormed(task.Cdb))
        {
            (int at, int bit) = command.WrongField(task.Cdb);
            return task.FailField(at, bit);
        }

        // Ordinary units; well-known ones, of which there are none in the list; both; and the administrative kinds.
        byte select = task.Byte(2);
        if (select is > 2 and (< 0x10 or > 0x12))
            return task.FailField(2);
        LogicalUnit[] units = select is 0 or 2 ? [.. target.Units.Where(u => u.Options.Target == number)] : [];
        byte[] data = new byte[HeadSize + (units.Length * LunAddress.Size)];
        BinaryPrimitives.WriteUInt32BigEndian(data, (uint)(data.Length - HeadSize));
        for (int i = 0; i < units.Length; i++)
            LunAddress.Write(data.AsSpan(HeadSize + (i * LunAddress.Size)), units[i].Options.Lun);
        // Whoever reads the list need not be told that it has changed (SPC-5 §6.33).
        foreach (LogicalUnit unit in target.Units)
        {
            if (unit.Options.Target == number)
                unit.StateOf(task.Nexus).Remove(SenseCode.UnitsChanged);
        }

        return task.Reply(data, task.U32(6));
    }
}
