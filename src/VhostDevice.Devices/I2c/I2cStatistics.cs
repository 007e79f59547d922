// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.I2c;

/// <summary>
/// What the guests of one socket did, one after the other. Written on the socket's loop; another thread that reads sees
/// numbers that may be a little old.
/// </summary>
public sealed class I2cStatistics(I2cBusSet set)
{
    private readonly I2cCounters[] _targets = new I2cCounters[set.Targets.Count];

    /// <summary>What the socket serves.</summary>
    public I2cBusSet Set => set;

    /// <summary>Transfers that were tried on a bus, whatever came of them.</summary>
    public ulong Transfers { get; internal set; }

    /// <summary>Requests to addresses that no bus has; a scan of the bus makes many.</summary>
    public ulong UnknownAddress { get; internal set; }

    /// <summary>Requests that made no sense.</summary>
    public ulong Malformed { get; internal set; }

    /// <summary>Transfers that were too long, or whose end did not come.</summary>
    public ulong Cut { get; internal set; }

    /// <summary>By address, in the order of <see cref="I2cBusSet.Targets"/>.</summary>
    public ReadOnlySpan<I2cCounters> Targets => _targets;

    /// <summary>All addresses of a bus together.</summary>
    public I2cCounters OfBus(int bus)
    {
        I2cCounters sum = default;
        for (int i = 0; i < _targets.Length; i++)
        {
            if (set.Targets[i].BusIndex != bus)
                continue;
            sum.Messages += _targets[i].Messages;
            sum.Errors += _targets[i].Errors;
            sum.BytesRead += _targets[i].BytesRead;
            sum.BytesWritten += _targets[i].BytesWritten;
        }

        return sum;
    }

    internal void Count(int target, bool ok, bool read, ushort length)
    {
        ref I2cCounters counters = ref _targets[target];
        if (!ok)
        {
            counters.Errors++;
            return;
        }

        counters.Messages++;
        if (read)
            counters.BytesRead += length;
        else
            counters.BytesWritten += length;
    }
}
