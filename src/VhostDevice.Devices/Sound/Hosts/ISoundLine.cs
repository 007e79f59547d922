// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Sound.Samples;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Sound.Hosts;

/// <summary>
/// The host's end of a stream: where what a guest plays goes, or where what it records comes from. It stays for as long as the
/// daemon runs, and is in use from PREPARE to RELEASE, by one guest at a time.
/// </summary>
public interface ISoundLine : IDisposable
{
    /// <summary>What people call it, such as "null" or "cable a".</summary>
    string Name { get; }

    /// <summary>What guests are offered.</summary>
    SoundAbilities Abilities { get; }

    /// <summary>Begins a use. On the guest's loop; does not wait.</summary>
    /// <param name="loop">The guest's.</param>
    /// <param name="periodFrames">How many frames the guest sends or fetches at a time.</param>
    /// <param name="moved">Called on the loop when a write that did not take everything may go on. Null is never passed.</param>
    /// <param name="problem">Why there is no session, for people.</param>
    /// <returns>Null: it cannot be used so, or not now.</returns>
    ISoundSession? Open(SoundFormat format, int periodFrames, EventLoop loop, Action moved, out string problem);
}
