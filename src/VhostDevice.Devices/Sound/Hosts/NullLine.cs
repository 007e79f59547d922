// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Sound.Samples;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Sound.Hosts;

/// <summary>Nobody hears what is played, and what is recorded is silence; both take their time.</summary>
public sealed class NullLine : ISoundLine, ISoundSession
{
    public string Name => "null";

    public SoundAbilities Abilities => SoundAbilities.All;

    public int DelayBytes => 0;

    public ISoundSession? Open(SoundFormat format, int periodFrames, EventLoop loop, Action moved, out string problem)
    {
        problem = "";
        return this;
    }

    public void Dispose()
    {
    }
}
