// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Devices.Gpio;

/// <summary>What a <see cref="GuestLine"/> needs of its device.</summary>
internal interface IGuestLineOwner
{
    IGpioChip Chip { get; }

    EventLoop Loop { get; }

    /// <summary>Who has the line, for whoever else wants it.</summary>
    string Name { get; }

    /// <summary>Returns the buffers of an event.</summary>
    /// <param name="status">One of <see cref="GpioIrqStatus"/>.</param>
    void Return(DescriptorChain pair, byte status);

    /// <summary>The host would not do what the driver asked for.</summary>
    void ReportFailure(GuestLine line, Errno errno);
}
