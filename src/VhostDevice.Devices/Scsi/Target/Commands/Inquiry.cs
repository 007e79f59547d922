// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using System.Text;

namespace VhostDevice.Devices.Scsi.Target.Commands;

/// <summary>INQUIRY (SPC-5 §6.7): what the unit is. Its VPD pages are in <see cref="VitalProductData"/>.</summary>
internal static class Inquiry
{
    private const int VendorSize = 8;
    internal const int ProductSize = 16;

    private const int Size = 96;
    // Initiators that know no later version than SPC-4 take a larger one for a mistake; what is newer is in the list below.
    private const byte Spc4 = 0x06;
    private const byte HierarchicalSupport = 0x10;
    private const byte ResponseFormat = 0x02;
    private const byte ThirdPartyCopy = 0x08;
    private const byte CommandQueueing = 0x02;

    // SAM-6, SPC-4, SBC-3, SPC-5, SBC-4, no version of them claimed.
    private static readonly ushort[] s_standards = [0x00C0, 0x0460, 0x04C0, 0x05C0, 0x0600];

    internal static Step Run(ScsiTask task) => RunAs(task, 0x00);

    /// <param name="device">Peripheral qualifier and device type.</param>
    internal static Step RunAs(ScsiTask task, byte device)
    {
        if ((task.Byte(1) & 1) != 0)
            return VitalProductData.Run(task, device);
        if (task.Byte(2) != 0)
            return task.FailField(2);
        Span<byte> data = stackalloc byte[Size];
        data.Clear();
        data[0] = device;
        data[2] = Spc4;
        data[3] = HierarchicalSupport | ResponseFormat;
        data[4] = Size - 5;
        data[5] = device == 0 ? ThirdPartyCopy : (byte)0;
        data[7] = CommandQueueing;
        PutText(data.Slice(8, VendorSize), LogicalUnitOptions.DefaultVendor);
        PutText(data.Slice(16, ProductSize), task.Unit.Options.Product);
        PutText(data.Slice(32, 4), "1");
        for (int i = 0; i < s_standards.Length; i++)
            BinaryPrimitives.WriteUInt16BigEndian(data[(58 + (2 * i))..], s_standards[i]);
        return task.Reply(data, task.U16(3));
    }

    /// <summary>Text as SCSI has it: on the left, followed by blanks.</summary>
    private static void PutText(Span<byte> target, string text)
    {
        target.Fill((byte)' ');
        _ = Encoding.ASCII.GetBytes(text.AsSpan(0, Math.Min(text.Length, target.Length)), target);
    }
}
