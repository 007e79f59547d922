// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Queues;

namespace VhostDevice.VhostUser.BackEnd;

/// <summary>
/// What happened on one socket, whoever was connected. Written by the socket's loop, without locks, but for what belongs
/// to a ring, which its own loop writes; other threads
/// may read each number at any time (64 bits are read in one piece).
/// </summary>
public sealed class SocketCounters
{
    // Replaced, never changed: others read it.
    private volatile QueueCounters[] _queues = [];

    /// <summary>Connections accepted.</summary>
    public ulong Accepted;

    /// <summary>Connections open now.</summary>
    public ulong Connections;

    /// <summary>
    /// Front-ends that got the device: began to share memory or to set up rings. All but the first came after another
    /// one had left.
    /// </summary>
    public ulong Attached;

    /// <summary>Connections that ended because of what the front-end said or did.</summary>
    public ulong ProtocolErrors;

    /// <summary>Rings that could not be believed any more and stopped until they were set up anew.</summary>
    public ulong BrokenRings;

    /// <summary>Front-ends that got the device after another one had left.</summary>
    public ulong Reconnects => Attached > 1 ? Attached - 1 : 0;

    /// <summary>By the number of the queue, for as many as a device on this socket had.</summary>
    public IReadOnlyList<QueueCounters> Queues => _queues;

    /// <summary>The counters of a queue, which outlive the ring, the device and the connection. On the loop's thread.</summary>
    internal QueueCounters Queue(int index)
    {
        QueueCounters[] queues = _queues;
        if (index >= queues.Length)
        {
            int known = queues.Length;
            Array.Resize(ref queues, index + 1);
            for (int i = known; i <= index; i++)
                queues[i] = new QueueCounters();
            _queues = queues;
        }

        return queues[index];
    }
}
