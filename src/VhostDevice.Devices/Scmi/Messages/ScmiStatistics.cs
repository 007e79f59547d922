// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Scmi.Messages;

/// <summary>What happened on a socket, whoever comes and goes. Counted and read from any thread.</summary>
public sealed class ScmiStatistics
{
    private ulong _answered;
    private ulong _refused;
    private ulong _reported;
    private ulong _merged;
    private ulong _lost;
    private ulong _tooSmall;

    /// <summary>Commands that were done.</summary>
    public ulong Answered => Volatile.Read(ref _answered);

    /// <summary>Commands that were not.</summary>
    public ulong Refused => Volatile.Read(ref _refused);

    /// <summary>Notifications that the guest got.</summary>
    public ulong Reported => Volatile.Read(ref _reported);

    /// <summary>Notifications that a newer one of the same thing has replaced before the guest had a buffer for it.</summary>
    public ulong Merged => Volatile.Read(ref _merged);

    /// <summary>Notifications that were lost because the guest had no buffer for too long.</summary>
    public ulong Lost => Volatile.Read(ref _lost);

    /// <summary>Notifications that were lost because the driver's buffer was too small.</summary>
    public ulong TooSmall => Volatile.Read(ref _tooSmall);

    internal void CountCommand(ScmiStatus status)
    {
        // One at a time for each socket.
        ref ulong counter = ref _answered;
        if (status != ScmiStatus.Success)
            counter = ref _refused;
        Volatile.Write(ref counter, counter + 1);
    }

    internal void CountReported() => Interlocked.Increment(ref _reported);

    internal void CountMerged() => Interlocked.Increment(ref _merged);

    internal void CountLost() => Interlocked.Increment(ref _lost);

    internal void CountTooSmall() => Interlocked.Increment(ref _tooSmall);
}
