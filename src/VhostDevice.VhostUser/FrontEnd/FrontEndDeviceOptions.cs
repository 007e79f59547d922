// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.VhostUser.Wire;
using VhostDevice.Virtio;

namespace VhostDevice.VhostUser.FrontEnd;

/// <summary>How the queues of a <see cref="FrontEndDevice"/> notify.</summary>
public enum QueueNotifications
{
    /// <summary>Kick, call and error eventfds.</summary>
    EventFds,

    /// <summary>A kick eventfd only: the back-end is told not to call, the used rings are polled.</summary>
    KickOnly,

    /// <summary>Messages both ways; accepts INBAND_NOTIFICATIONS.</summary>
    InBand,
}

/// <summary>What a <see cref="FrontEndDevice"/> asks of a back-end. What is not offered is left out, unless said otherwise.</summary>
public sealed record FrontEndDeviceOptions
{
    /// <summary>The bits 0 to 23 and 50 to 63, whose meaning each device type defines (virtio 1.3 §6).</summary>
    public const ulong DeviceFeatures = 0xFFFC_0000_00FF_FFFF;

    /// <summary>Features to accept where offered. With VIRTIO_F_RING_PACKED among them the queues are packed.</summary>
    public ulong Features { get; init; } =
        DeviceFeatures | VirtioFeatures.Version1 | VirtioFeatures.IndirectDesc | VirtioFeatures.EventIdx | VirtioFeatures.ProtocolFeatures;

    /// <summary>
    /// Protocol features to accept where offered. With <see cref="Wire.ProtocolFeatures.InflightShmfd"/> the back-end
    /// records its requests in flight, and <see cref="FrontEndDevice.Reattach"/> gives the record to the next one.
    /// </summary>
    public ProtocolFeatures ProtocolFeatures { get; init; } =
        ProtocolFeatures.Mq | ProtocolFeatures.ReplyAck | ProtocolFeatures.BackendReq | ProtocolFeatures.BackendSendFd | ProtocolFeatures.Config
        | ProtocolFeatures.ConfigureMemSlots | ProtocolFeatures.ResetDevice | ProtocolFeatures.Status;

    /// <summary>The size of each queue, each up to 32768, and a power of two unless the rings are packed.</summary>
    public IReadOnlyList<ushort> QueueSizes { get; init; } = [256];

    /// <summary>Guest memory. Null: <see cref="MemorySize"/> bytes in one region, owned by the device.</summary>
    public FrontEndMemory? Memory { get; init; }

    /// <summary>Where the guest's devices find each other's objects, with SHARED_OBJECT; null: nowhere.</summary>
    public SharedObjectTable? SharedObjects { get; init; }

    /// <summary>Bytes of guest memory when <see cref="Memory"/> is null.</summary>
    public ulong MemorySize { get; init; } = 64 << 20;

    public QueueNotifications Notifications { get; init; }

    /// <summary>Where each ring begins, as SET_VRING_BASE says it for its layout; null: at the start.</summary>
    public uint? RingBase { get; init; }

    /// <summary>
    /// Of each part of a ring; a power of two, at least 16. With pages (4096) nothing but the back-end writes to the page
    /// in which the used ring begins.
    /// </summary>
    public ulong RingAlignment { get; init; } = 16;

    /// <summary>Rings are enabled by <see cref="FrontEndDevice.Start"/>. Without bit 30 they always are.</summary>
    public bool EnableQueues { get; init; } = true;

    /// <summary>How long each request may take.</summary>
    public TimeSpan ReplyTimeout { get; init; } = FrontEndConnection.DefaultReplyTimeout;
}
