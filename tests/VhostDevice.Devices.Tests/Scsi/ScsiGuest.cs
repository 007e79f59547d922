// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;

namespace VhostDevice.Devices.Tests.Scsi;

/// <summary>What the device answered to a command.</summary>
internal readonly record struct Reply(byte Response, byte Status, string Sense, uint Residual, uint Used, byte[] Data);

/// <summary>Short forms for what a driver of the device does.</summary>
internal static class ScsiGuest
{
    internal const int HeadSize = 51;
    internal const int AnswerSize = 108;

    internal static FrontEndDeviceOptions Options { get; } = new() { MemorySize = 8 << 20, QueueSizes = [16, 16, 64] };

    /// <summary>Sends a command, given in hexadecimal digits, to 0:0 and waits for the answer.</summary>
    internal static Reply Scsi(
        this FrontEndDevice guest,
        string cdb,
        int room = 0,
        byte[]? data = null,
        string lun = "0100400000000000",
        int queue = 2)
    {
        byte[] request = [.. Head(cdb, lun, 0), .. data ?? []];
        byte[] answer = guest.Request(queue, request, (uint)(AnswerSize + room));
        return Read(answer);
    }

    internal static byte[] Head(string cdb, string lun, ulong tag, byte attribute = 0)
    {
        byte[] head = new byte[HeadSize];
        Disk.Bytes(lun).CopyTo(head, 0);
        BinaryPrimitives.WriteUInt64LittleEndian(head.AsSpan(8), tag);
        head[16] = attribute;
        Disk.Bytes(cdb).CopyTo(head, 19);
        return head;
    }

    internal static Reply Read(byte[] answer)
    {
        uint sense = BinaryPrimitives.ReadUInt32LittleEndian(answer);
        return new Reply(
            answer[11],
            answer[10],
            sense == 0 ? "" : $"{answer[12 + 2]:X2}/{answer[12 + 12]:X2}/{answer[12 + 13]:X2}",
            BinaryPrimitives.ReadUInt32LittleEndian(answer.AsSpan(4)),
            (uint)answer.Length,
            answer[AnswerSize..]);
    }

    /// <summary>A task management function, and the response to it.</summary>
    internal static byte Manage(this FrontEndDevice guest, uint subtype, ulong tag = 0, string lun = "0100400000000000")
    {
        byte[] request = new byte[24];
        BinaryPrimitives.WriteUInt32LittleEndian(request.AsSpan(4), subtype);
        Disk.Bytes(lun).CopyTo(request, 8);
        BinaryPrimitives.WriteUInt64LittleEndian(request.AsSpan(16), tag);
        byte[] answer = guest.Request(0, request, 1);
        return answer[0];
    }
}
