// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Virtio.Queues;

/// <summary>What a look for the next chain of a ring found.</summary>
internal enum Taken
{
    /// <summary>The ring is empty, or broke just now.</summary>
    Nothing,

    /// <summary>A chain for the device.</summary>
    Good,

    /// <summary>A chain that breaks a rule and goes back at once.</summary>
    Malformed,

    /// <summary>Something that cannot go back to the driver on its own.</summary>
    Lost,
}
