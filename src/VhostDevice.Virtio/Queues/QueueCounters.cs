// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Virtio.Queues;

/// <summary>
/// What happened on one queue. Written by the queue's loop only, without locks; other threads may read each number at
/// any time (64 bits are read in one piece), though not all of them at one moment.
/// </summary>
public sealed class QueueCounters
{
    /// <summary>Wake-ups by the driver.</summary>
    public ulong Kicks;

    /// <summary>Interrupts sent to the driver.</summary>
    public ulong Interrupts;

    /// <summary>Chains completed, malformed ones included.</summary>
    public ulong Chains;

    /// <summary>Bytes that the driver wrote for the device, in the chains completed.</summary>
    public ulong BytesRead;

    /// <summary>Bytes that the device wrote, as reported in the used ring.</summary>
    public ulong BytesWritten;

    /// <summary>Chains that broke a rule of the ring and went back with length 0, and heads that could not go back.</summary>
    public ulong Malformed;

    /// <summary>Requests, or turns, that the device could not serve: its host side or its own code failed.</summary>
    public ulong Errors;
}
