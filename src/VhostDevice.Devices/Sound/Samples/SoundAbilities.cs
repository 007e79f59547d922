// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Sound.Samples;

/// <summary>What a host side can do.</summary>
/// <param name="formats">Bits by <see cref="SampleFormat"/>.</param>
/// <param name="rates">Bits by the numbers of <see cref="SampleRates"/>.</param>
/// <param name="leastChannels">1 or more.</param>
/// <param name="mostChannels">At most <see cref="SoundFormat.MostChannels"/>.</param>
public readonly struct SoundAbilities(ulong formats, ulong rates, int leastChannels, int mostChannels)
{
    public ulong Formats { get; init; } = formats;

    public ulong Rates { get; init; } = rates;

    public int LeastChannels { get; init; } = leastChannels;

    public int MostChannels { get; init; } = mostChannels;

    /// <summary>Everything that has whole bytes.</summary>
    public static SoundAbilities All { get; } = new(SampleFormats.All, SampleRates.All, 1, SoundFormat.MostChannels);

    /// <summary>One format and no other.</summary>
    public static SoundAbilities Only(SoundFormat format) =>
        new(1UL << (int)format.Sample, 1UL << SampleRates.Find(format.Rate), format.Channels, format.Channels);

    /// <summary>What both can do; nothing, when it has no bits or no channels.</summary>
    public SoundAbilities And(SoundAbilities other) => new(
        Formats & other.Formats, Rates & other.Rates,
        Math.Max(LeastChannels, other.LeastChannels), Math.Min(MostChannels, other.MostChannels));

    public bool IsNothing => Formats == 0 || Rates == 0 || LeastChannels > MostChannels;
}
