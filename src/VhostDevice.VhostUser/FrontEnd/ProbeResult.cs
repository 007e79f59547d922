// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.VhostUser.Wire;

namespace VhostDevice.VhostUser.FrontEnd;

/// <summary>What a back-end said when <see cref="BackEndProbe"/> asked it. Null: not asked, or not answered.</summary>
public sealed record ProbeResult
{
    /// <summary>Feature bits on offer.</summary>
    public ulong? Features { get; init; }

    /// <summary>Protocol features on offer.</summary>
    public ProtocolFeatures? ProtocolFeatures { get; init; }

    /// <summary>The most queues (MQ).</summary>
    public ulong? QueueCount { get; init; }

    /// <summary>The most memory regions (CONFIGURE_MEM_SLOTS).</summary>
    public ulong? MaxMemorySlots { get; init; }

    /// <summary>The device status byte (STATUS).</summary>
    public ulong? Status { get; init; }

    /// <summary>The beginning of the config space (CONFIG), as far as the back-end lets one read, 256 bytes at most.</summary>
    /// <remarks>Back-ends that pad with zeros do not show where it really ends.</remarks>
    public byte[]? Config { get; init; }

    /// <summary>Bytes of each shared memory region (SHMEM_MAP).</summary>
    public IReadOnlyList<ulong>? SharedMemory { get; init; }

    /// <summary>What ended the probe early; null when everything on offer was asked and answered.</summary>
    public FrontEndException? Problem { get; init; }

    /// <summary>Names of <see cref="Features"/>, see <see cref="Wire.WireNames"/> for those of the protocol features.</summary>
    public IReadOnlyList<string> FeatureNames(uint? deviceType = null) => Virtio.FeatureNames.Of(Features ?? 0, deviceType);
}
