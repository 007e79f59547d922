// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Architecture.Tests;

/// <summary>One project of src/ and what it may stand on.</summary>
internal sealed record Floor(string Name, params string[] MayUse)
{
    /// <summary>The house, from the ground up (docs: the table of the floors). References go down only.</summary>
    internal static readonly Floor[] All =
    [
        new("VhostDevice.Linux"),
        new("VhostDevice.Virtio", "VhostDevice.Linux"),
        new("VhostDevice.VhostUser", "VhostDevice.Virtio", "VhostDevice.Linux"),
        new("VhostDevice.Hosting", "VhostDevice.VhostUser", "VhostDevice.Virtio", "VhostDevice.Linux"),
        // A device knows its queues and its host side, never the protocol that brought the queues.
        new("VhostDevice.Devices", "VhostDevice.Hosting", "VhostDevice.Virtio", "VhostDevice.Linux"),
        new("vhost-device", "VhostDevice.Devices", "VhostDevice.Hosting", "VhostDevice.VhostUser", "VhostDevice.Virtio", "VhostDevice.Linux"),
    ];

    /// <summary>The lowest floors stand on the framework alone.</summary>
    internal static readonly string[] WithoutPackages = ["VhostDevice.Linux", "VhostDevice.Virtio"];

    public override string ToString() => Name;
}
