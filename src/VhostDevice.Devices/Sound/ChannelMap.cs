// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using VhostDevice.Devices.Sound.Samples;

namespace VhostDevice.Devices.Sound;

/// <summary>Where the channels of a stream are heard: struct virtio_snd_chmap_info.</summary>
internal static class ChannelMap
{
    internal const int Size = 6 + SoundFormat.MostChannels;

    // VIRTIO_SND_CHMAP_*, for 1 to 8 channels; the order is that of Linux and of WAV files where they agree.
    private const byte Mono = 2, FrontLeft = 3, FrontRight = 4, RearLeft = 5, RearRight = 6, Centre = 7, Lfe = 8;
    private const byte SideLeft = 9, SideRight = 10, RearCentre = 11;

    private static readonly byte[][] s_positions =
    [
        [Mono],
        [FrontLeft, FrontRight],
        [FrontLeft, FrontRight, Lfe],
        [FrontLeft, FrontRight, RearLeft, RearRight],
        [FrontLeft, FrontRight, RearLeft, RearRight, Centre],
        [FrontLeft, FrontRight, RearLeft, RearRight, Centre, Lfe],
        [FrontLeft, FrontRight, RearLeft, RearRight, Centre, Lfe, RearCentre],
        [FrontLeft, FrontRight, RearLeft, RearRight, Centre, Lfe, SideLeft, SideRight],
    ];

    /// <summary>How many maps there are: for 1 channel and so on.</summary>
    internal static int Count => s_positions.Length;

    internal static void Write(Span<byte> target, uint node, SoundDirection direction, int channels)
    {
        target.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(target, node);
        target[4] = (byte)direction;
        target[5] = (byte)channels;
        s_positions[channels - 1].CopyTo(target[6..]);
    }
}
