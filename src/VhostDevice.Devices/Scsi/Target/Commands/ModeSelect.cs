// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;

namespace VhostDevice.Devices.Scsi.Target.Commands;

/// <summary>MODE SELECT (SPC-5 §6.12, §6.13): all that it asks for is checked before any of it is done.</summary>
internal static class ModeSelect
{
    private const byte PageFormat = 0x10;
    private const byte SavePages = 0x01;

    internal static Step Run6(ScsiTask task) => Run(task, task.Byte(4), headSize: 4);

    internal static Step Run10(ScsiTask task) => Run(task, task.U16(7), headSize: 8);

    private static Step Run(ScsiTask task, int length, int headSize)
    {
        if ((task.Byte(1) & SavePages) != 0 && !task.Unit.SavedModes.CanSave)
            return task.FailField(1, 0);
        if ((task.Byte(1) & PageFormat) == 0)
            return task.FailField(1, 4);
        if (length == 0)
            return Step.Done;
        Span<byte> list = stackalloc byte[256];
        if (length > list.Length)
            return task.Fail(SenseCode.ListLength);
        list = list[..length];
        if (!task.TryFetch(list))
            return Step.Done;
        if (length < headSize)
            return task.Fail(SenseCode.ListLength);
        int descriptor = headSize == 4 ? list[3] : BinaryPrimitives.ReadUInt16BigEndian(list[6..]);
        bool longAddresses = headSize == 8 && (list[4] & 1) != 0;
        // The mode data length is reserved here; the other bytes are those of a medium that cannot be changed.
        if (descriptor != 0 && descriptor != (longAddresses ? 16 : 8))
            return task.Fail(SenseCode.InvalidListField);
        if (length < headSize + descriptor)
            return task.Fail(SenseCode.ListLength);
        if (descriptor != 0 && !IsOurs(list.Slice(headSize, descriptor), task.Unit, longAddresses))
            return task.Fail(SenseCode.InvalidListField);
        return Apply(task, list[(headSize + descriptor)..]);
    }

    // The number of blocks is that of the unit, or "as it is"; the length of a block cannot be changed.
    private static bool IsOurs(ReadOnlySpan<byte> descriptor, LogicalUnit unit, bool longAddresses)
    {
        ulong blocks = longAddresses ? BinaryPrimitives.ReadUInt64BigEndian(descriptor) : BinaryPrimitives.ReadUInt32BigEndian(descriptor);
        uint size = longAddresses
            ? BinaryPrimitives.ReadUInt32BigEndian(descriptor[12..])
            : BinaryPrimitives.ReadUInt32BigEndian(descriptor[4..]) & 0xFFFFFF;
        ulong shown = longAddresses ? unit.BlockCount : Math.Min(unit.BlockCount, uint.MaxValue);
        return size == 1u << unit.BlockShift && (blocks == 0 || blocks == shown);
    }

    private static Step Apply(ScsiTask task, ReadOnlySpan<byte> pages)
    {
        ModeSettings settings = task.Unit.Modes;
        Span<byte> current = stackalloc byte[ModePages.MaxSize];
        Span<byte> mask = stackalloc byte[ModePages.MaxSize];
        while (!pages.IsEmpty)
        {
            // PS is reserved here, and no page has subpages.
            byte code = (byte)(pages[0] & 0x3F);
            int size = ModePages.Write(current, code, task.Unit.Modes);
            if (size == 0 || (pages[0] & 0xC0) != 0)
                return task.Fail(SenseCode.InvalidListField);
            if (pages.Length < 2 || pages.Length < size)
                return task.Fail(SenseCode.ListLength);
            if (pages[1] != size - 2)
                return task.Fail(SenseCode.InvalidListField);
            _ = ModePages.WriteMask(mask, code);
            for (int i = 2; i < size; i++)
            {
                if (((pages[i] ^ current[i]) & ~mask[i]) != 0)
                    return task.Fail(SenseCode.InvalidListField);
            }

            settings = ModePages.Read(pages[..size], settings);
            pages = pages[size..];
        }

        // All pages that can be saved are, not just those of the list.
        if ((task.Byte(1) & SavePages) != 0 && task.Unit.SavedModes.Save(settings).IsError)
            return task.Fail(SenseCode.WriteError);
        if (settings == task.Unit.Modes)
            return Step.Done;
        bool cacheOff = task.Unit.Modes.WriteCache && !settings.WriteCache;
        task.Unit.Modes = settings;
        task.Unit.Attention(SenseCode.ModeChanged, except: task.Nexus);
        // What is in the cache by now goes to the medium.
        return cacheOff ? task.Order(Storage.BlockOperation.Flush) : Step.Done;
    }
}
