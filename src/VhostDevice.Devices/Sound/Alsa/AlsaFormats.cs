// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Sound.Alsa;

/// <summary>SND_PCM_FORMAT_* of the formats of virtio, by the latter's numbers.</summary>
internal static class AlsaFormats
{
    // Half bytes are nobody's here, and what is not known to a library is refused by it.
    private static readonly int[] s_numbers = [-1, 20, 21, 0, 1, 2, 4, 40, 42, 36, 38, 32, 34, 25, 27, 6, 8, 10, 12, 14, 16, 48, 49, 50, 18];

    internal static ReadOnlySpan<int> All => s_numbers;

    internal static int Of(Samples.SampleFormat format) => s_numbers[(int)format];
}
