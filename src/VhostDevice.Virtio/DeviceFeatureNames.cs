// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Virtio;

/// <summary>The feature bits that each device type defines for itself (virtio 1.3 §5).</summary>
internal static class DeviceFeatureNames
{
    internal static string? Of(uint deviceType, int bit) => deviceType switch
    {
        1 => Net(bit),
        2 => Block(bit),
        3 => At(bit, "VIRTIO_CONSOLE_F_SIZE", "VIRTIO_CONSOLE_F_MULTIPORT", "VIRTIO_CONSOLE_F_EMERG_WRITE"),
        5 => At(bit, "VIRTIO_BALLOON_F_MUST_TELL_HOST", "VIRTIO_BALLOON_F_STATS_VQ", "VIRTIO_BALLOON_F_DEFLATE_ON_OOM",
            "VIRTIO_BALLOON_F_FREE_PAGE_HINT", "VIRTIO_BALLOON_F_PAGE_POISON", "VIRTIO_BALLOON_F_PAGE_REPORTING"),
        8 => At(bit, "VIRTIO_SCSI_F_INOUT", "VIRTIO_SCSI_F_HOTPLUG", "VIRTIO_SCSI_F_CHANGE", "VIRTIO_SCSI_F_T10_PI"),
        16 =>
            At(
                bit,
                "VIRTIO_GPU_F_VIRGL",
                "VIRTIO_GPU_F_EDID",
                "VIRTIO_GPU_F_RESOURCE_UUID",
                "VIRTIO_GPU_F_RESOURCE_BLOB",
                "VIRTIO_GPU_F_CONTEXT_INIT"),
        17 => At(bit, "VIRTIO_RTC_F_ALARM"),
        19 => At(bit, "VIRTIO_VSOCK_F_STREAM", "VIRTIO_VSOCK_F_SEQPACKET", "VIRTIO_VSOCK_F_NO_IMPLIED_STREAM"),
        20 => At(bit, "VIRTIO_CRYPTO_F_REVISION_1", "VIRTIO_CRYPTO_F_CIPHER_STATELESS_MODE", "VIRTIO_CRYPTO_F_HASH_STATELESS_MODE",
            "VIRTIO_CRYPTO_F_MAC_STATELESS_MODE", "VIRTIO_CRYPTO_F_AEAD_STATELESS_MODE", "VIRTIO_CRYPTO_F_AKCIPHER_STATELESS_MODE"),
        25 => At(bit, "VIRTIO_SND_F_CTLS"),
        26 => At(bit, "VIRTIO_FS_F_NOTIFICATION"),
        27 => At(bit, "VIRTIO_PMEM_F_SHMEM_REGION"),
        30 or 31 => At(bit, "VIRTIO_VIDEO_F_RESOURCE_GUEST_PAGES", "VIRTIO_VIDEO_F_RESOURCE_NON_CONTIG", "VIRTIO_VIDEO_F_RESOURCE_VIRTIO_OBJECT"),
        32 => At(bit, "VIRTIO_SCMI_F_P2A_CHANNELS", "VIRTIO_SCMI_F_SHARED_MEMORY"),
        34 => At(bit, "VIRTIO_I2C_F_ZERO_LENGTH_REQUEST"),
        36 => At(bit, "VIRTIO_CAN_F_CAN_CLASSIC", "VIRTIO_CAN_F_CAN_FD", "VIRTIO_CAN_F_RTR_FRAMES", "VIRTIO_CAN_F_LATE_TX_ACK"),
        41 => At(bit, "VIRTIO_GPIO_F_IRQ"),
        _ => null,
    };

    private static string? At(int bit, params ReadOnlySpan<string> names) => bit < names.Length ? names[bit] : null;

    private static string? Net(int bit) => bit switch
    {
        0 => "VIRTIO_NET_F_CSUM",
        1 => "VIRTIO_NET_F_GUEST_CSUM",
        2 => "VIRTIO_NET_F_CTRL_GUEST_OFFLOADS",
        3 => "VIRTIO_NET_F_MTU",
        5 => "VIRTIO_NET_F_MAC",
        7 => "VIRTIO_NET_F_GUEST_TSO4",
        8 => "VIRTIO_NET_F_GUEST_TSO6",
        9 => "VIRTIO_NET_F_GUEST_ECN",
        10 => "VIRTIO_NET_F_GUEST_UFO",
        11 => "VIRTIO_NET_F_HOST_TSO4",
        12 => "VIRTIO_NET_F_HOST_TSO6",
        13 => "VIRTIO_NET_F_HOST_ECN",
        14 => "VIRTIO_NET_F_HOST_UFO",
        15 => "VIRTIO_NET_F_MRG_RXBUF",
        16 => "VIRTIO_NET_F_STATUS",
        17 => "VIRTIO_NET_F_CTRL_VQ",
        18 => "VIRTIO_NET_F_CTRL_RX",
        19 => "VIRTIO_NET_F_CTRL_VLAN",
        20 => "VIRTIO_NET_F_CTRL_RX_EXTRA",
        21 => "VIRTIO_NET_F_GUEST_ANNOUNCE",
        22 => "VIRTIO_NET_F_MQ",
        23 => "VIRTIO_NET_F_CTRL_MAC_ADDR",
        52 => "VIRTIO_NET_F_VQ_NOTF_COAL",
        53 => "VIRTIO_NET_F_NOTF_COAL",
        54 => "VIRTIO_NET_F_GUEST_USO4",
        55 => "VIRTIO_NET_F_GUEST_USO6",
        56 => "VIRTIO_NET_F_HOST_USO",
        57 => "VIRTIO_NET_F_HASH_REPORT",
        59 => "VIRTIO_NET_F_GUEST_HDRLEN",
        60 => "VIRTIO_NET_F_RSS",
        61 => "VIRTIO_NET_F_RSC_EXT",
        62 => "VIRTIO_NET_F_STANDBY",
        63 => "VIRTIO_NET_F_SPEED_DUPLEX",
        _ => null,
    };

    private static string? Block(int bit) => bit switch
    {
        1 => "VIRTIO_BLK_F_SIZE_MAX",
        2 => "VIRTIO_BLK_F_SEG_MAX",
        4 => "VIRTIO_BLK_F_GEOMETRY",
        5 => "VIRTIO_BLK_F_RO",
        6 => "VIRTIO_BLK_F_BLK_SIZE",
        9 => "VIRTIO_BLK_F_FLUSH",
        10 => "VIRTIO_BLK_F_TOPOLOGY",
        11 => "VIRTIO_BLK_F_CONFIG_WCE",
        12 => "VIRTIO_BLK_F_MQ",
        13 => "VIRTIO_BLK_F_DISCARD",
        14 => "VIRTIO_BLK_F_WRITE_ZEROES",
        15 => "VIRTIO_BLK_F_LIFETIME",
        16 => "VIRTIO_BLK_F_SECURE_ERASE",
        17 => "VIRTIO_BLK_F_ZONED",
        _ => null,
    };
}
