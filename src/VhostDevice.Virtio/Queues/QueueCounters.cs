// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Virtio.Queues;

/// <summary>What happened on one queue since it was made. Written by the queue's loop only.</summary>
public struct QueueCounters
{
    /// <summary>Wake-ups by the driver.</summary>
    public ulong Kicks;

    /// <summary>Interrupts sent to the driver.</summary>
    public ulong Interrupts;

    /// <summary>Chains completed, malformed ones included.</summary>
    public ulong Chains;

    /// <summary>Bytes that the device wrote, as reported in the used ring.</summary>
    public ulong BytesWritten;

    /// <summary>Chains that broke a rule of the ring and went back with length 0, and heads that could not go back.</summary>
    public ulong Malformed;
}
