// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;

namespace VhostDevice.Devices.Scsi.Target.Commands;

/// <summary>REPORT SUPPORTED OPERATION CODES and TASK MANAGEMENT FUNCTIONS (SPC-5 §6.34, §6.35).</summary>
internal static class SupportedCommands
{
    private const byte WithTimeouts = 0x80;
    private const byte HasServiceAction = 0x01;
    private const byte HasTimeouts = 0x02;
    private const int TimeoutsSize = 12;

    // SUPPORT: not at all, and as the standard says.
    private const byte Unsupported = 0x01;
    private const byte Supported = 0x03;

    internal static Step OperationCodes(ScsiTask task)
    {
        bool timeouts = (task.Byte(2) & WithTimeouts) != 0;
        byte opcode = task.Byte(3);
        int action = task.U16(4);
        CommandSet commands = task.Unit.Commands;
        bool hasActions = commands.HasServiceActions(opcode);
        switch (task.Byte(2) & 0x07)
        {
            case 0:
                return ReplyAll(task, timeouts);
            case 1 when !hasActions:
                return ReplyOne(task, commands.Find(opcode, 0), timeouts);
            case 2 when hasActions:
                return ReplyOne(task, commands.Find(opcode, action), timeouts);
            case 3:
                return ReplyOne(task, hasActions || action == 0 ? commands.Find(opcode, action) : null, timeouts);
            default:
                return task.FailField(2, 2);
        }
    }

    internal static Step ManagementFunctions(ScsiTask task)
    {
        // ABORT TASK, ABORT TASK SET, CLEAR TASK SET, LOGICAL UNIT RESET, QUERY TASK; then QUERY TASK SET and I_T NEXUS RESET.
        // The extended form adds timeouts, about which there is nothing to say.
        bool extended = (task.Byte(2) & 0x80) != 0;
        Span<byte> data = stackalloc byte[16];
        data.Clear();
        data[0] = 0x80 | 0x40 | 0x10 | 0x08 | 0x04;
        data[1] = 0x02 | 0x01;
        data[3] = extended ? (byte)12 : (byte)0;
        return task.Reply(extended ? data : data[..4], task.U32(6));
    }

    private static Step ReplyAll(ScsiTask task, bool timeouts)
    {
        int size = timeouts ? 8 + TimeoutsSize : 8;
        IReadOnlyList<ScsiCommand> all = task.Unit.Commands.All;
        byte[] data = new byte[4 + (all.Count * size)];
        int at = 4;
        foreach (ScsiCommand command in all)
        {
            if (!command.IsOffered(task.Unit))
                continue;
            Span<byte> entry = data.AsSpan(at, size);
            entry[0] = command.Opcode;
            BinaryPrimitives.WriteUInt16BigEndian(entry[2..], (ushort)(command.ServiceAction ?? 0));
            entry[5] = (byte)((command.ServiceAction is null ? 0 : HasServiceAction) | (timeouts ? HasTimeouts : 0));
            BinaryPrimitives.WriteUInt16BigEndian(entry[6..], (ushort)command.Length);
            if (timeouts)
                WriteTimeouts(entry[8..]);
            at += size;
        }

        BinaryPrimitives.WriteUInt32BigEndian(data, (uint)(at - 4));
        return task.Reply(data.AsSpan(0, at), task.U32(6));
    }

    private static Step ReplyOne(ScsiTask task, ScsiCommand? command, bool timeouts)
    {
        Span<byte> data = stackalloc byte[4 + 16 + TimeoutsSize];
        data.Clear();
        if (command is null || !command.IsOffered(task.Unit))
        {
            data[1] = Unsupported;
            return task.Reply(data[..4], task.U32(6));
        }

        data[1] = (byte)(Supported | (timeouts ? 0x80 : 0));
        BinaryPrimitives.WriteUInt16BigEndian(data[2..], (ushort)command.Length);
        command.Usage.CopyTo(data[4..]);
        int length = 4 + command.Length;
        if (timeouts)
        {
            WriteTimeouts(data[length..]);
            length += TimeoutsSize;
        }

        return task.Reply(data[..length], task.U32(6));
    }

    // The length of the rest; no timeout is told.
    private static void WriteTimeouts(Span<byte> target) => BinaryPrimitives.WriteUInt16BigEndian(target, TimeoutsSize - 2);
}
