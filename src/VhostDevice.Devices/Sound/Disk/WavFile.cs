// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using VhostDevice.Devices.Sound.Samples;

namespace VhostDevice.Devices.Sound.Disk;

/// <summary>The head of a WAV file (RIFF WAVE): what its samples are, and where they begin.</summary>
internal static class WavFile
{
    /// <summary>Bytes of a head that is written.</summary>
    internal const int HeadBytes = 44;

    private const ushort Pcm = 1;
    private const ushort Float = 3;
    private const ushort ALaw = 6;
    private const ushort MuLaw = 7;
    private const ushort Extensible = 0xFFFE;
    private const int ChunkHead = 8;
    private const int FormatBytes = 16;
    private const int SubFormatAt = 24;

    private static readonly (SampleFormat Sample, ushort Tag, ushort Bits)[] s_forms =
    [
        (SampleFormat.U8, Pcm, 8), (SampleFormat.S16, Pcm, 16), (SampleFormat.S24In3, Pcm, 24), (SampleFormat.S32, Pcm, 32),
        (SampleFormat.Float, Float, 32), (SampleFormat.Float64, Float, 64), (SampleFormat.MuLaw, MuLaw, 8), (SampleFormat.ALaw, ALaw, 8),
    ];

    /// <summary>The formats that a file takes, as bits: those that it has, and S24, whose fourth byte says nothing.</summary>
    internal static ulong Formats
    {
        get
        {
            ulong formats = 1UL << (int)SampleFormat.S24;
            foreach ((SampleFormat sample, _, _) in s_forms)
                formats |= 1UL << (int)sample;
            return formats;
        }
    }

    /// <summary>How samples of a stream are written down in a file.</summary>
    internal static SampleFormat Stored(SampleFormat sample) => sample == SampleFormat.S24 ? SampleFormat.S24In3 : sample;

    /// <param name="head"><see cref="HeadBytes"/>.</param>
    /// <param name="format">As it is stored.</param>
    /// <param name="dataBytes">Behind the head. More than the file's fields can say is said as the most that they can.</param>
    internal static void WriteHead(Span<byte> head, SoundFormat format, long dataBytes)
    {
        (ushort tag, ushort bits) = (Pcm, 0);
        foreach ((SampleFormat sample, ushort itsTag, ushort itsBits) in s_forms)
        {
            if (sample == format.Sample)
                (tag, bits) = (itsTag, itsBits);
        }

        uint data = (uint)Math.Min(dataBytes, uint.MaxValue - HeadBytes);
        "RIFF"u8.CopyTo(head);
        BinaryPrimitives.WriteUInt32LittleEndian(head[4..], data + HeadBytes - ChunkHead);
        "WAVEfmt "u8.CopyTo(head[8..]);
        BinaryPrimitives.WriteUInt32LittleEndian(head[16..], FormatBytes);
        BinaryPrimitives.WriteUInt16LittleEndian(head[20..], tag);
        BinaryPrimitives.WriteUInt16LittleEndian(head[22..], (ushort)format.Channels);
        BinaryPrimitives.WriteUInt32LittleEndian(head[24..], format.Rate);
        BinaryPrimitives.WriteUInt32LittleEndian(head[28..], format.Rate * (uint)format.FrameBytes);
        BinaryPrimitives.WriteUInt16LittleEndian(head[32..], (ushort)format.FrameBytes);
        BinaryPrimitives.WriteUInt16LittleEndian(head[34..], bits);
        "data"u8.CopyTo(head[36..]);
        BinaryPrimitives.WriteUInt32LittleEndian(head[40..], data);
    }

    /// <summary>Reads the head of a file, which may be anything.</summary>
    /// <param name="file">Its beginning, as far as it is looked at.</param>
    /// <param name="size">Bytes of the whole file.</param>
    /// <param name="at">Where the samples begin.</param>
    /// <param name="bytes">How many bytes of whole frames there are.</param>
    internal static bool TryReadHead(
        ReadOnlySpan<byte> file, long size, out SoundFormat format, out long at, out long bytes, out string problem)
    {
        (format, at, bytes) = (default, 0, 0);
        problem = "it is no WAV file";
        if (file.Length < 12 || !file[..4].SequenceEqual("RIFF"u8) || !file[8..12].SequenceEqual("WAVE"u8))
            return false;
        bool hasFormat = false;
        for (long next = 12; next + ChunkHead <= file.Length;)
        {
            ReadOnlySpan<byte> chunk = file[(int)next..];
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(chunk[4..]);
            if (chunk[..4].SequenceEqual("data"u8))
            {
                problem = "its samples come before their format";
                at = next + ChunkHead;
                // A recorder that was killed, or a pipe, leaves a length that says nothing.
                long whole = Math.Min(length == 0 || length >= uint.MaxValue - HeadBytes ? long.MaxValue : length, size - at);
                bytes = hasFormat ? whole / format.FrameBytes * format.FrameBytes : 0;
                return hasFormat;
            }

            if (chunk[..4].SequenceEqual("fmt "u8))
            {
                if (!TryReadFormat(chunk[ChunkHead..], length, out format, out problem))
                    return false;
                hasFormat = true;
                problem = "it has no samples";
            }

            // Chunks begin at even places.
            next += ChunkHead + (long)length + (length & 1);
        }

        return false;
    }

    private static bool TryReadFormat(ReadOnlySpan<byte> chunk, uint length, out SoundFormat format, out string problem)
    {
        format = default;
        problem = "it is cut off";
        if (length < FormatBytes || chunk.Length < FormatBytes)
            return false;
        ushort tag = BinaryPrimitives.ReadUInt16LittleEndian(chunk);
        ushort bits = BinaryPrimitives.ReadUInt16LittleEndian(chunk[14..]);
        if (tag == Extensible && length >= SubFormatAt + 2 && chunk.Length >= SubFormatAt + 2)
            tag = BinaryPrimitives.ReadUInt16LittleEndian(chunk[SubFormatAt..]);
        int form = s_forms.Length - 1;
        while (form >= 0 && (s_forms[form].Tag != tag || s_forms[form].Bits != bits))
            form--;
        problem = $"its samples have the format {tag} with {bits} bits, which is none of those that can be played";
        if (form < 0)
            return false;
        format = new SoundFormat(
            s_forms[form].Sample, BinaryPrimitives.ReadUInt32LittleEndian(chunk[4..]), BinaryPrimitives.ReadUInt16LittleEndian(chunk[2..]));
        problem = format.Channels is 0 or > SoundFormat.MostChannels
            ? $"it has {format.Channels} channels: 1 to {SoundFormat.MostChannels} can be played"
            : SampleRates.Find(format.Rate) < 0 ? $"it has {format.Rate} frames a second, which no guest can be told"
            : "";
        return problem.Length == 0;
    }
}
