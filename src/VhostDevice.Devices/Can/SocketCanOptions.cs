// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Can;

/// <summary>How an interface of the host is used.</summary>
public sealed class SocketCanOptions
{
    /// <summary>Frames are confirmed once they were on the bus, to guests that ask for it. Each then comes back from the kernel, which
    /// costs a system call.</summary>
    public bool ConfirmsSending { get; init; }

    /// <summary>What the kernel hands over of what is on the bus; null: everything.</summary>
    public CanFilters? Filters { get; init; }

    /// <summary>Sees every frame of the guest and for it, on the guest's loop; null: nobody does.</summary>
    public Action<CanFrame>? Watch { get; init; }

    internal ReadOnlySpan<CanFilter> Received => Filters is null ? default : Filters.Received;
}
