// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Virtio;

/// <summary>Feature bits that belong to no device type (virtio 1.3 §6, and the vhost-user specification for 26 and 30).</summary>
public static class VirtioFeatures
{
    /// <summary>Legacy: interrupt when the available ring runs empty, whatever the driver suppressed.</summary>
    public const ulong NotifyOnEmpty = 1UL << 24;

    /// <summary>vhost: log all writes to guest memory.</summary>
    public const ulong LogAll = 1UL << 26;
    public const ulong AnyLayout = 1UL << 27;
    public const ulong IndirectDesc = 1UL << 28;
    public const ulong EventIdx = 1UL << 29;

    /// <summary>vhost-user: the protocol features are negotiated.</summary>
    public const ulong ProtocolFeatures = 1UL << 30;
    public const ulong Version1 = 1UL << 32;

    /// <summary>Addresses are those of an IOMMU, or whatever else the platform puts between driver and device.</summary>
    public const ulong AccessPlatform = 1UL << 33;
    public const ulong RingPacked = 1UL << 34;
    public const ulong InOrder = 1UL << 35;
    public const ulong OrderPlatform = 1UL << 36;
    public const ulong NotificationData = 1UL << 38;
    public const ulong NotifConfigData = 1UL << 39;
    public const ulong RingReset = 1UL << 40;

    /// <summary>What the rings serve, whatever the device.</summary>
    public const ulong Transport = Version1 | NotifyOnEmpty | IndirectDesc | EventIdx | RingPacked | RingReset;
}
