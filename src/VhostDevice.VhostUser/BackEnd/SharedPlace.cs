// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Devices;

namespace VhostDevice.VhostUser.BackEnd;

/// <summary>Where a mapping in a shared memory region is in its life.</summary>
internal enum SharedPlaceState
{
    /// <summary>SHMEM_MAP was not answered yet.</summary>
    Mapping,

    Mapped,

    /// <summary>SHMEM_UNMAP was not answered yet.</summary>
    Unmapping,

    /// <summary>
    /// Nobody uses the place any more, and what the front-end has there is not known: the request was cancelled when it
    /// was under way. The place stays taken until the front-end has answered.
    /// </summary>
    Unknown,
}

/// <summary>One mapping in a shared memory region.</summary>
internal sealed class SharedPlace(SharedRange range)
{
    internal SharedRange Range => range;

    internal SharedPlaceState State { get; set; }
}
