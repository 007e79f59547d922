// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Devices.Gpio;

/// <summary>What a <see cref="GuestLine"/> and its <see cref="GpioJob"/> need of their device.</summary>
internal interface IGuestLineOwner
{
    IGpioChip Chip { get; }

    EventLoop Loop { get; }

    /// <summary>Who has the line, for whoever else wants it.</summary>
    string Name { get; }

    /// <summary>Whether failures are still reported. From any thread.</summary>
    bool WantsReports { get; }

    /// <summary>Returns the buffers of an event.</summary>
    /// <param name="status">One of <see cref="GpioIrqStatus"/>.</param>
    void Return(DescriptorChain pair, byte status);

    /// <summary>Has the line's level looked at, soon or at once: <see cref="GuestLine.TryLook"/>, <see cref="GuestLine.Looked"/>.</summary>
    void Look(GuestLine line);

    /// <summary>The host would not do what the driver asked for.</summary>
    /// <param name="user">Who has the line, if that is the reason and known.</param>
    void ReportFailure(GuestLine line, Errno errno, string? user);
}
