// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Sound.Samples;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Sound.Hosts;

/// <summary>A stream's end of a cable.</summary>
/// <param name="plays">Whether the stream plays into it, or records what others play.</param>
public sealed class CableLine(SoundCable cable, bool plays) : ISoundLine
{
    public string Name => $"cable {cable.Name}";

    public SoundAbilities Abilities => SoundAbilities.All;

    public ISoundSession? Open(SoundFormat format, int periodFrames, EventLoop loop, Action moved, out string problem)
    {
        problem = "";
        return plays ? cable.BeginPlay(format, periodFrames, out problem) : cable.Listen(format, periodFrames);
    }

    public void Dispose()
    {
    }
}
