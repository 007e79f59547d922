// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Can;

/// <summary>
/// The bits of a frame on the wire (ISO 11898-1), which are counted as they are sent: with the stuff bits that this very frame
/// needs, and the three bits of rest after it.
/// </summary>
/// <param name="Nominal">Bits at the nominal rate.</param>
/// <param name="Data">Bits at the rate of data: those of an FD frame between its bit-rate switch and the end of its checksum. Virtio
/// does not carry the switch, so every FD frame has it.</param>
internal readonly record struct CanBits(int Nominal, int Data)
{
    /// <summary>Error flag, delimiter and rest, behind a frame that an error destroyed.</summary>
    internal const int ErrorFrame = 6 + 8 + 3;

    /// <summary>What an error-passive sender waits before its next frame.</summary>
    internal const int Suspension = 8;

    /// <summary>What a controller listens to before it is back after bus-off: 128 times 11 recessive bits.</summary>
    internal const int Recovery = 128 * 11;

    // Checksum delimiter, acknowledgement, its delimiter, end of frame, rest.
    private const int Tail = 1 + 1 + 1 + 7 + 3;

    internal static CanBits Of(CanFrame frame)
    {
        Pen pen = default;
        pen.Put(0, 1);
        if (frame.IsExtended)
        {
            pen.Put(frame.Id >> 18, 11);
            pen.Put(0b11, 2);
            pen.Put(frame.Id & 0x3FFFF, 18);
        }
        else
        {
            pen.Put(frame.Id, 11);
        }

        return frame.IsFd ? Fd(frame, ref pen) : Classic(frame, ref pen);
    }

    private static CanBits Classic(CanFrame frame, ref Pen pen)
    {
        // RTR; of a standard frame the extension bit and one reserved bit, of an extended one two reserved bits.
        pen.Put(frame.IsRemote ? 0b100u : 0, 3);
        pen.Put((uint)frame.Length, 4);
        if (!frame.IsRemote)
        {
            foreach (byte value in frame.Data)
                pen.Put(value, 8);
        }

        pen.Put(pen.Checksum, 15);
        return new CanBits(pen.Count + Tail, 0);
    }

    private static CanBits Fd(CanFrame frame, ref Pen pen)
    {
        // Substitute for RTR, of a standard frame the extension bit, FD, reserved, bit-rate switch.
        if (frame.IsExtended)
            pen.Put(0b0101, 4);
        else
            pen.Put(0b00101, 5);
        int head = pen.Count;
        // Error state, length, data.
        pen.Put(0, 1);
        pen.Put(Dlc(frame.Length), 4);
        foreach (byte value in frame.Data)
            pen.Put(value, 8);
        // The count of stuff bits and the checksum, with a fixed stuff bit before the first bit and after every fourth.
        int end = 4 + (frame.Length > 16 ? 21 : 17);
        return new CanBits(head + Tail, pen.Count - head + end + (end + 3) / 4);
    }

    private static uint Dlc(int length) => length switch
    {
        <= 8 => (uint)length,
        <= 24 => (uint)(9 + (length - 12) / 4),
        32 => 13,
        48 => 14,
        _ => 15,
    };

    // Counts bits, puts in a stuff bit after five equal ones, and keeps the checksum of what is not stuff.
    private struct Pen
    {
        private const uint Polynomial = 0x4599;

        private bool _last;
        private int _equal;

        internal int Count { get; private set; }

        internal uint Checksum { get; private set; }

        internal void Put(uint value, int bits)
        {
            for (int i = bits - 1; i >= 0; i--)
                Put((value >> i & 1) != 0);
        }

        private void Put(bool bit)
        {
            bool carry = bit != ((Checksum >> 14 & 1) != 0);
            Checksum = (Checksum << 1 ^ (carry ? Polynomial : 0)) & 0x7FFF;
            Count++;
            _equal = Count > 1 && bit == _last ? _equal + 1 : 1;
            _last = bit;
            if (_equal < 5)
                return;
            // The stuff bit is the other one, and counts as the first of its kind.
            Count++;
            _last = !bit;
            _equal = 1;
        }
    }
}
