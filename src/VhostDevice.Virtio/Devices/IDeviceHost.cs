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

    /// <summary>
    /// Has the front-end map a part of a file into one of the device's shared memory regions, where the driver sees it.
    /// On <see cref="Loop"/>, as all that follows; nothing here waits.
    /// </summary>
    /// <param name="range">Where; free, and within its region (<see cref="VirtioDevice.SharedMemorySizes"/>).</param>
    /// <param name="file">Stays the caller's, who may close it as soon as this has returned.</param>
    /// <param name="fileOffset">Bytes from the start of the file; whole pages. The file must not end within the range.</param>
    /// <param name="writable">For the driver, too; the file must then be open for both.</param>
    /// <param name="done">
    /// Told once, on <see cref="Loop"/> (for a queue that another loop serves, too) and after this has returned: success;
    /// EIO when the front-end cannot; ECANCELED when the request ended because a ring stops, the device is reset or the
    /// connection ends (the range is free again once the front-end has taken notice); ENOTCONN when the front-end closed
    /// its channel.
    /// </param>
    /// <returns>
    /// Anything but success: nothing was asked, and <paramref name="done"/> is not called. EINVAL for a range or offset
    /// that cannot be, EEXIST where something is mapped already, ENOSPC and EAGAIN when there are too many mappings or
    /// requests, EOPNOTSUPP or ENOTCONN with a front-end that does not take part, ECANCELED while a ring stops.
    /// </returns>
    Errno MapShared(SharedRange range, OwnedFd file, ulong fileOffset, bool writable, Action<Errno> done) => Errno.EOPNOTSUPP;

    /// <summary>Has the front-end take a mapping out again, whole. A reset of the device does that by itself.</summary>
    /// <param name="range">As it was mapped.</param>
    /// <param name="done">As for <see cref="MapShared"/>; the range may be used anew after success.</param>
    /// <returns>As for <see cref="MapShared"/>; ENOENT when this is no mapping.</returns>
    Errno UnmapShared(SharedRange range, Action<Errno> done) => Errno.EOPNOTSUPP;

    /// <summary>
    /// Lets the guest's other devices have an object of this one (a dma-buf), which is asked for by its id
    /// (<see cref="VirtioDevice.GetSharedObject"/>) when one of them wants it.
    /// </summary>
    /// <param name="done">As for <see cref="MapShared"/>.</param>
    /// <returns>As for <see cref="MapShared"/>.</returns>
    Errno AddSharedObject(Guid id, Action<Errno> done) => Errno.EOPNOTSUPP;

    /// <summary>Takes an object back that this device has added.</summary>
    /// <inheritdoc cref="AddSharedObject"/>
    Errno RemoveSharedObject(Guid id, Action<Errno> done) => Errno.EOPNOTSUPP;

    /// <summary>Asks for an object that another device of the guest has added.</summary>
    /// <param name="done">As for <see cref="MapShared"/>, ENOENT too; the descriptor, if any, is the receiver's to close.</param>
    /// <returns>As for <see cref="MapShared"/>.</returns>
    Errno LookUpSharedObject(Guid id, Action<Errno, OwnedFd?> done) => Errno.EOPNOTSUPP;

    /// <summary>Reports that a request could not be served because the device's own code failed.</summary>
    void ReportFault(Exception fault);
}
