// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;

namespace VhostDevice.Devices.Scsi.Target.Reservations;

/// <summary>PERSISTENT RESERVE IN (SPC-5 §6.16).</summary>
internal static class PersistentReserveIn
{
    private const int HeadSize = 8;

    internal static Step ReadKeys(ScsiTask task)
    {
        ReservationSet set = task.Unit.Reservations;
        byte[] data = Head(set, set.Registrations.Count * 8);
        for (int i = 0; i < set.Registrations.Count; i++)
            BinaryPrimitives.WriteUInt64BigEndian(data.AsSpan(HeadSize + (i * 8)), set.Registrations[i].Key);
        return task.Reply(data, task.U16(7));
    }

    internal static Step ReadReservation(ScsiTask task)
    {
        ReservationSet set = task.Unit.Reservations;
        byte[] data = Head(set, set.IsReserved ? 16 : 0);
        if (set.IsReserved)
        {
            BinaryPrimitives.WriteUInt64BigEndian(data.AsSpan(HeadSize), set.Holder?.Key ?? 0);
            data[HeadSize + 13] = (byte)set.Type;
        }

        return task.Reply(data, task.U16(7));
    }

    internal static Step ReportCapabilities(ScsiTask task)
    {
        Span<byte> data = stackalloc byte[8];
        data.Clear();
        data[1] = 8;
        ReservationSet set = task.Unit.Reservations;
        // PTPL_C; TMV and PTPL_A; then all six types.
        data[2] = set.CanPersist ? (byte)0x01 : (byte)0;
        data[3] = (byte)(0x80 | (set.IsPersistent ? 0x01 : 0));
        data[4] = 0xEA;
        data[5] = 0x01;
        return task.Reply(data, task.U16(7));
    }

    internal static Step ReadFullStatus(ScsiTask task)
    {
        const int size = 24 + ScsiNexus.TransportIdSize;
        ReservationSet set = task.Unit.Reservations;
        byte[] data = Head(set, set.Registrations.Count * size);
        for (int i = 0; i < set.Registrations.Count; i++)
        {
            Registration each = set.Registrations[i];
            Span<byte> entry = data.AsSpan(HeadSize + (i * size), size);
            BinaryPrimitives.WriteUInt64BigEndian(entry, each.Key);
            if (set.Holds(each))
            {
                entry[12] = 0x01;
                entry[13] = (byte)set.Type;
            }

            // The one port that there is.
            entry[19] = 1;
            BinaryPrimitives.WriteUInt32BigEndian(entry[20..], ScsiNexus.TransportIdSize);
            each.TransportId.CopyTo(entry[24..]);
        }

        return task.Reply(data, task.U16(7));
    }

    private static byte[] Head(ReservationSet set, int length)
    {
        byte[] data = new byte[HeadSize + length];
        BinaryPrimitives.WriteUInt32BigEndian(data, set.Generation);
        BinaryPrimitives.WriteUInt32BigEndian(data.AsSpan(4), (uint)length);
        return data;
    }
}
