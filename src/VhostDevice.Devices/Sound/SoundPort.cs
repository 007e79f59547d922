// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Sound.Hosts;
using VhostDevice.Devices.Sound.Samples;

namespace VhostDevice.Devices.Sound;

/// <summary>A stream of a guest's sound card with its jack and volume, which outlives connections. From any thread.</summary>
/// <param name="name">For people.</param>
/// <param name="node">Of High Definition Audio: streams of the same one are one device to a driver.</param>
/// <param name="line">The host's end; stays the caller's.</param>
/// <param name="offered">What of the line's abilities is offered.</param>
/// <param name="meter">Measures what is heard; null: nobody looks.</param>
public sealed class SoundPort(
    string name, SoundDirection direction, uint node, ISoundLine line, SoundAbilities offered, SoundMeter? meter = null)
{
    private volatile bool _isPlugged = true;

    public string Name => name;

    public SoundDirection Direction => direction;

    public bool IsOutput => direction == SoundDirection.Output;

    public uint Node => node;

    public ISoundLine Line => line;

    public SoundAbilities Abilities { get; } = offered.And(line.Abilities);

    public SoundStatistics Statistics { get; } = new();

    public SoundMeter? Meter => meter;

    internal SoundVolume Volume { get; } = new();

    /// <summary>Whether something is in the jack.</summary>
    public bool IsPlugged => _isPlugged;

    /// <summary>Somebody has plugged or unplugged, or set the volume; the argument says whether it is the jack. From any thread.</summary>
    internal event Action<SoundPort, SoundChange>? Changed;

    internal void Plug(bool isPlugged)
    {
        if (_isPlugged == isPlugged)
            return;
        _isPlugged = isPlugged;
        Changed?.Invoke(this, SoundChange.Jack);
    }

    /// <param name="steps">0 to <see cref="SoundVolume.Full"/>.</param>
    internal void SetVolume(byte steps)
    {
        bool isOther = false;
        for (int channel = 0; channel < SoundFormat.MostChannels; channel++)
            isOther |= Volume.Set(channel, steps);
        if (isOther)
            Changed?.Invoke(this, SoundChange.Volume);
    }

    internal void Mute(bool isMuted)
    {
        if (Volume.IsMuted == isMuted)
            return;
        Volume.IsMuted = isMuted;
        Changed?.Invoke(this, SoundChange.Mute);
    }
}
