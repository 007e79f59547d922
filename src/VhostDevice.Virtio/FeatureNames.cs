// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using System.Numerics;

namespace VhostDevice.Virtio;

/// <summary>Names of virtio feature bits (virtio 1.3 §5 and §6, and the vhost-user specification), for people to read.</summary>
public static class FeatureNames
{
    /// <summary>The name of each set bit, lowest first; "bit 19" for one without a known name.</summary>
    /// <param name="features">The bits.</param>
    /// <param name="deviceType">The virtio device id that says what the bits 0 to 23 and 50 to 63 mean; null when it is not known.</param>
    public static IReadOnlyList<string> Of(ulong features, uint? deviceType = null)
    {
        List<string> names = [];
        for (ulong left = features; left != 0; left &= left - 1)
        {
            int bit = BitOperations.TrailingZeroCount(left);
            names.Add(Common(bit) ?? (deviceType is { } type ? DeviceFeatureNames.Of(type, bit) : null) ?? Unknown(bit));
        }

        return names;
    }

    private static string Unknown(int bit) => string.Create(CultureInfo.InvariantCulture, $"bit {bit}");

    /// <summary>What a bit means whatever the device; null for the device's own and for reserved ones.</summary>
    private static string? Common(int bit) => bit switch
    {
        24 => "VIRTIO_F_NOTIFY_ON_EMPTY",
        26 => "VHOST_F_LOG_ALL",
        27 => "VIRTIO_F_ANY_LAYOUT",
        28 => "VIRTIO_F_INDIRECT_DESC",
        29 => "VIRTIO_F_EVENT_IDX",
        30 => "VHOST_USER_F_PROTOCOL_FEATURES",
        32 => "VIRTIO_F_VERSION_1",
        33 => "VIRTIO_F_ACCESS_PLATFORM",
        34 => "VIRTIO_F_RING_PACKED",
        35 => "VIRTIO_F_IN_ORDER",
        36 => "VIRTIO_F_ORDER_PLATFORM",
        37 => "VIRTIO_F_SR_IOV",
        38 => "VIRTIO_F_NOTIFICATION_DATA",
        39 => "VIRTIO_F_NOTIF_CONFIG_DATA",
        40 => "VIRTIO_F_RING_RESET",
        41 => "VIRTIO_F_ADMIN_VQ",
        _ => null,
    };
}
