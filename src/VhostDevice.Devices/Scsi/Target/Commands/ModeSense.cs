// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;

namespace VhostDevice.Devices.Scsi.Target.Commands;

/// <summary>MODE SENSE (SPC-5 §6.14, §6.15).</summary>
internal static class ModeSense
{
    private const byte AllPages = 0x3F;
    private const byte AllSubpages = 0xFF;
    private const byte DisableBlockDescriptors = 0x08;
    private const byte LongAddresses = 0x10;
    private const byte WriteProtected = 0x80;
    private const byte DpoFua = 0x10;

    // The PC field.
    private const int Current = 0;
    private const int Changeable = 1;
    private const int Saved = 3;

    internal static Step Run6(ScsiTask task)
    {
        Span<byte> data = stackalloc byte[256];
        data.Clear();
        if (!TryWrite(task, data, headSize: 4, longAddresses: false, out int descriptor, out int length))
            return Step.Done;
        data[0] = (byte)(length - 1);
        data[2] = DeviceBits(task.Unit);
        data[3] = (byte)descriptor;
        return task.Reply(data[..length], task.Byte(4));
    }

    internal static Step Run10(ScsiTask task)
    {
        Span<byte> data = stackalloc byte[256];
        data.Clear();
        bool longAddresses = (task.Byte(1) & LongAddresses) != 0;
        if (!TryWrite(task, data, headSize: 8, longAddresses, out int descriptor, out int length))
            return Step.Done;
        BinaryPrimitives.WriteUInt16BigEndian(data, (ushort)(length - 2));
        data[3] = DeviceBits(task.Unit);
        data[4] = longAddresses && descriptor > 0 ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteUInt16BigEndian(data[6..], (ushort)descriptor);
        return task.Reply(data[..length], task.U16(7));
    }

    private static byte DeviceBits(LogicalUnit unit) => (byte)(DpoFua | (unit.IsWriteProtected ? WriteProtected : 0));

    private static bool TryWrite(ScsiTask task, Span<byte> data, int headSize, bool longAddresses, out int descriptor, out int length)
    {
        descriptor = length = 0;
        int control = task.Byte(2) >> 6;
        byte page = (byte)(task.Byte(2) & 0x3F);
        byte subpage = task.Byte(3);
        if (control == Saved && !task.Unit.SavedModes.CanSave)
        {
            _ = task.Fail(SenseCode.SavingNotSupported);
            return false;
        }

        if (page != AllPages && !ModePages.All.Contains(page))
        {
            _ = task.FailField(2, 5);
            return false;
        }

        if (subpage != 0 && subpage != AllSubpages)
        {
            _ = task.FailField(3);
            return false;
        }

        if ((task.Byte(1) & DisableBlockDescriptors) == 0)
            descriptor = WriteDescriptor(data[headSize..], task.Unit, longAddresses);
        length = headSize + descriptor;
        foreach (byte each in ModePages.All)
        {
            if (page != AllPages && page != each)
                continue;
            int at = length;
            length += control switch
            {
                Changeable => ModePages.WriteMask(data[length..], each),
                Current => ModePages.Write(data[length..], each, task.Unit.Modes),
                Saved => ModePages.Write(data[length..], each, task.Unit.SavedModes.Values),
                _ => ModePages.Write(data[length..], each, task.Unit.DefaultModes),
            };
            // In the other page nothing can be changed.
            if (task.Unit.SavedModes.CanSave && each != ModePages.InformationalExceptions)
                data[at] |= ModePages.Saveable;
        }

        return true;
    }

    private static int WriteDescriptor(Span<byte> target, LogicalUnit unit, bool longAddresses)
    {
        uint blockSize = 1u << unit.BlockShift;
        if (longAddresses)
        {
            BinaryPrimitives.WriteUInt64BigEndian(target, unit.BlockCount);
            BinaryPrimitives.WriteUInt32BigEndian(target[12..], blockSize);
            return 16;
        }

        BinaryPrimitives.WriteUInt32BigEndian(target, (uint)Math.Min(unit.BlockCount, uint.MaxValue));
        // Three bytes; the first of the four is reserved.
        BinaryPrimitives.WriteUInt32BigEndian(target[4..], blockSize);
        return 8;
    }
}
