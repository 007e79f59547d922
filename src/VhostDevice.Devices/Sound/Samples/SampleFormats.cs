// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;

namespace VhostDevice.Devices.Sound.Samples;

/// <summary>What the formats are like: their size, their silence, and the numbers that they stand for.</summary>
public static class SampleFormats
{
    /// <summary>Those of whole bytes, as bits.</summary>
    public const ulong All = ((1UL << Count) - 1) & ~1UL;

    /// <summary>Those that stand for numbers, so that they can be made louder, measured and turned into each other; as bits.</summary>
    public const ulong Numbers = (1UL << ((int)SampleFormat.Float64 + 1)) - (1UL << (int)SampleFormat.S8);

    private const int Count = (int)SampleFormat.Iec958 + 1;

    private static readonly Form[] s_forms =
    [
        new("IMA_ADPCM", 0, 0, 0, Kind.Opaque), new("MU_LAW", 1, 8, 0xFF, Kind.Opaque), new("A_LAW", 1, 8, 0xD5, Kind.Opaque),
        new("S8", 1, 8, 0, Kind.Signed), new("U8", 1, 8, 0x80, Kind.Unsigned), new("S16", 2, 16, 0, Kind.Signed),
        new("U16", 2, 16, 0x8000, Kind.Unsigned), new("S18_3", 3, 18, 0, Kind.Signed), new("U18_3", 3, 18, 0x20000, Kind.Unsigned),
        new("S20_3", 3, 20, 0, Kind.Signed), new("U20_3", 3, 20, 0x80000, Kind.Unsigned), new("S24_3", 3, 24, 0, Kind.Signed),
        new("U24_3", 3, 24, 0x800000, Kind.Unsigned), new("S20", 4, 20, 0, Kind.Signed), new("U20", 4, 20, 0x80000, Kind.Unsigned),
        new("S24", 4, 24, 0, Kind.Signed), new("U24", 4, 24, 0x800000, Kind.Unsigned), new("S32", 4, 32, 0, Kind.Signed),
        new("U32", 4, 32, 0x80000000, Kind.Unsigned), new("FLOAT", 4, 32, 0, Kind.Float), new("FLOAT64", 8, 64, 0, Kind.Float),
        new("DSD_U8", 1, 8, 0x69, Kind.Opaque), new("DSD_U16", 2, 16, 0x6969, Kind.Opaque), new("DSD_U32", 4, 32, 0x69696969, Kind.Opaque),
        new("IEC958", 4, 32, 0, Kind.Opaque),
    ];

    private enum Kind
    {
        Signed,
        Unsigned,
        Float,

        /// <summary>No number that could be computed with.</summary>
        Opaque,
    }

    /// <summary>Bytes of a sample; 0 for one of half a byte.</summary>
    public static int Bytes(SampleFormat format) => s_forms[(int)format].Bytes;

    /// <summary>The specification's name, without what all begin with.</summary>
    public static string Name(SampleFormat format) => s_forms[(int)format].Name;

    /// <summary>Whether it is one of <see cref="Numbers"/>.</summary>
    public static bool IsNumber(SampleFormat format) => s_forms[(int)format].Kind != Kind.Opaque;

    /// <summary>The format of a name, in capital letters or not.</summary>
    public static bool TryParse(string name, out SampleFormat format)
    {
        for (int at = 0; at < s_forms.Length; at++)
        {
            format = (SampleFormat)at;
            if (s_forms[at].Bytes > 0 && s_forms[at].Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        format = default;
        return false;
    }

    /// <summary>Fills whole samples with silence.</summary>
    public static void Silence(SampleFormat format, Span<byte> samples)
    {
        Form form = s_forms[(int)format];
        if (form.Silence == 0)
        {
            samples.Clear();
            return;
        }

        for (int at = 0; at + form.Bytes <= samples.Length; at += form.Bytes)
        {
            for (int i = 0; i < form.Bytes; i++)
                samples[at + i] = (byte)(form.Silence >> 8 * i);
        }
    }

    /// <summary>The number that the first sample stands for, -1 to 1; of <see cref="Numbers"/>. Anything may be in a float.</summary>
    public static double Read(SampleFormat format, ReadOnlySpan<byte> sample)
    {
        Form form = s_forms[(int)format];
        if (form.Kind == Kind.Float)
            return form.Bytes == 4 ? BinaryPrimitives.ReadSingleLittleEndian(sample) : BinaryPrimitives.ReadDoubleLittleEndian(sample);
        uint raw = form.Bytes switch
        {
            1 => sample[0],
            2 => BinaryPrimitives.ReadUInt16LittleEndian(sample),
            3 => sample[0] | (uint)sample[1] << 8 | (uint)sample[2] << 16,
            _ => BinaryPrimitives.ReadUInt32LittleEndian(sample),
        };
        // What is above the sample's bits means nothing; its sign goes to the top.
        int spare = 32 - form.Bits;
        int value = (int)((form.Kind == Kind.Unsigned ? raw ^ (uint)form.Silence : raw) << spare);
        return value / 2147483648.0;
    }

    /// <summary>Writes the sample that comes closest to a number, cut to what the format can say.</summary>
    public static void Write(SampleFormat format, Span<byte> sample, double number)
    {
        Form form = s_forms[(int)format];
        if (form.Kind == Kind.Float)
        {
            if (form.Bytes == 4)
                BinaryPrimitives.WriteSingleLittleEndian(sample, (float)number);
            else
                BinaryPrimitives.WriteDoubleLittleEndian(sample, number);
            return;
        }

        double most = 1L << form.Bits - 1;
        int value = double.IsNaN(number) ? 0 : (int)Math.Clamp(Math.Round(number * most), -most, most - 1);
        uint raw = form.Kind == Kind.Unsigned ? (uint)value ^ (uint)form.Silence : (uint)value;
        if (form.Kind == Kind.Unsigned && form.Bits < 32)
            raw &= (1u << form.Bits) - 1;
        for (int i = 0; i < form.Bytes; i++)
            sample[i] = (byte)(raw >> 8 * i);
    }

    private sealed class Form(string name, int bytes, int bits, long silence, Kind kind)
    {
        internal string Name => name;

        internal int Bytes => bytes;

        internal int Bits => bits;

        internal long Silence => silence;

        internal Kind Kind => kind;
    }
}
