// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Sound.Samples;

/// <summary>VIRTIO_SND_PCM_RATE_* (virtio 1.3 §5.14.6.6.2), by their numbers.</summary>
public static class SampleRates
{
    /// <summary>All of them, as bits.</summary>
    public const ulong All = (1UL << 16) - 1;

    private static readonly uint[] s_rates =
        [5512, 8000, 11025, 16000, 22050, 32000, 44100, 48000, 64000, 88200, 96000, 176400, 192000, 384000, 12000, 24000];

    /// <summary>All of them, by their numbers.</summary>
    public static ReadOnlySpan<uint> Values => s_rates;

    public static int Count => s_rates.Length;

    /// <summary>Frames in a second.</summary>
    public static uint Of(int number) => s_rates[number];

    /// <summary>The number of a rate; -1: there is none.</summary>
    public static int Find(uint rate) => Array.IndexOf(s_rates, rate);
}
