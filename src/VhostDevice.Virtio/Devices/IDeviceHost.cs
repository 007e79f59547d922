// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.Virtio.Memory;

namespace VhostDevice.Virtio.Devices;

/// <summary>What a device gets from whoever runs it. One connection of a front-end is one host.</summary>
public interface IDeviceHost
{
    /// <summary>The loop that calls the device; for its timers and host-side descriptors.</summary>
    EventLoop Loop { get; }

    /// <summary>The loops that serve queues, of which <see cref="Loop"/> is the leader; null: there is only that one.</summary>
    LoopCrew? Crew => null;

    /// <summary>
    /// Keeps the guest's memory, as it is now, for addresses that the driver wrote into its requests. On one of the host's
    /// loops; the caller disposes it. A host without a guest has no memory.
    /// </summary>
    MemoryHold HoldMemory() => GuestMemory.Empty.Hold(null);

    /// <summary>Tells the driver that the configuration space changed. Without a channel to the front-end, nothing happens.</summary>
    void NotifyConfigChanged();

    /// <summary>Reports that a request could not be served because the device's own code failed.</summary>
    void ReportFault(Exception fault);
}
