// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Devices.Sound;

/// <summary>What a stream needs of its device.</summary>
internal interface IPcmOwner
{
    EventLoop Loop { get; }

    /// <summary>The host's side of a stream may have room again.</summary>
    Action Moved { get; }

    /// <summary>Room for frames on their way, used by one stream at a time.</summary>
    byte[] Scratch { get; }

    /// <summary>Completes a buffer of a stream.</summary>
    void Complete(SoundDirection direction, DescriptorChain chain, uint written);

    void Report(SoundEvent item);
}
