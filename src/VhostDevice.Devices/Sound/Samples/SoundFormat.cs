// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Sound.Samples;

/// <summary>What a stream's bytes mean.</summary>
/// <param name="sample">Of whole bytes.</param>
/// <param name="rate">Frames in a second, more than 0.</param>
/// <param name="channels">Samples in a frame, 1 to <see cref="MostChannels"/>.</param>
/// <remarks>No record: the comparers that those bring cost every daemon memory.</remarks>
public readonly struct SoundFormat(SampleFormat sample, uint rate, int channels) : IEquatable<SoundFormat>
{
    /// <summary>VIRTIO_SND_CHMAP_MAX_SIZE.</summary>
    public const int MostChannels = 18;

    public SampleFormat Sample => sample;

    public uint Rate => rate;

    public int Channels => channels;

    public int FrameBytes => SampleFormats.Bytes(sample) * channels;

    public static bool operator ==(SoundFormat one, SoundFormat other) => one.Equals(other);

    public static bool operator !=(SoundFormat one, SoundFormat other) => !one.Equals(other);

    /// <summary>The same with other samples.</summary>
    public SoundFormat As(SampleFormat other) => new(other, rate, channels);

    public bool Equals(SoundFormat other) => sample == other.Sample && rate == other.Rate && channels == other.Channels;

    public override bool Equals(object? obj) => obj is SoundFormat other && Equals(other);

    public override int GetHashCode() => ((int)rate * 31 + channels) * 31 + (int)sample;

    public override string ToString() => $"{SampleFormats.Name(sample)}, {rate} Hz, {channels} {(channels == 1 ? "channel" : "channels")}";
}
