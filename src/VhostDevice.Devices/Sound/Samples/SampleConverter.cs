// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Sound.Samples;

/// <summary>Turns samples into others: of another format, louder or softer, in more or fewer channels.</summary>
internal static class SampleConverter
{
    /// <summary>Frames of one format as frames of another one of the same rate. Both are of <see cref="SampleFormats.Numbers"/>.</summary>
    /// <param name="from">Whole frames.</param>
    /// <param name="to">As many.</param>
    /// <remarks>
    /// Channels keep their places; those that are too many are left out, those that are missing are silent. One channel goes to
    /// all, and all become the mean where there is one.
    /// </remarks>
    internal static void Convert(SoundFormat fromFormat, ReadOnlySpan<byte> from, SoundFormat toFormat, Span<byte> to)
    {
        (int fromBytes, int toBytes) = (SampleFormats.Bytes(fromFormat.Sample), SampleFormats.Bytes(toFormat.Sample));
        for (; !from.IsEmpty && !to.IsEmpty; from = from[fromFormat.FrameBytes..], to = to[toFormat.FrameBytes..])
        {
            for (int channel = 0; channel < toFormat.Channels; channel++)
            {
                double number = 0;
                if (toFormat.Channels == 1)
                {
                    for (int each = 0; each < fromFormat.Channels; each++)
                        number += SampleFormats.Read(fromFormat.Sample, from[(each * fromBytes)..]) / fromFormat.Channels;
                }
                else if (fromFormat.Channels == 1 || channel < fromFormat.Channels)
                {
                    number = SampleFormats.Read(fromFormat.Sample, from[(Math.Min(channel, fromFormat.Channels - 1) * fromBytes)..]);
                }

                SampleFormats.Write(toFormat.Sample, to[(channel * toBytes)..], number);
            }
        }
    }

    /// <summary>Multiplies samples in place; of <see cref="SampleFormats.Numbers"/>.</summary>
    /// <param name="gains">For each channel, 1 or less.</param>
    internal static void Scale(SoundFormat format, Span<byte> frames, ReadOnlySpan<float> gains)
    {
        int bytes = SampleFormats.Bytes(format.Sample);
        int channel = 0;
        for (; frames.Length >= bytes; frames = frames[bytes..])
        {
            SampleFormats.Write(format.Sample, frames, SampleFormats.Read(format.Sample, frames) * gains[channel]);
            channel = channel + 1 == format.Channels ? 0 : channel + 1;
        }
    }
}
