// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Spi;

/// <summary>
/// What the guests of one socket did, one after the other. Written on the socket's loop; another thread that reads sees
/// numbers that may be a little old.
/// </summary>
public sealed class SpiStatistics(ISpiController controller)
{
    private readonly SpiCounters[] _chips = new SpiCounters[controller.Abilities.ChipSelects];

    public ISpiController Controller => controller;

    /// <summary>Requests that asked for what the controller cannot do, or made no sense.</summary>
    public ulong Refused { get; internal set; }

    /// <summary>Requests that were longer than a transfer can be.</summary>
    public ulong TooLong { get; internal set; }

    /// <summary>By chip select.</summary>
    public ReadOnlySpan<SpiCounters> Chips => _chips;

    internal void Count(SpiTransfer transfer, bool ok)
    {
        ref SpiCounters counters = ref _chips[transfer.ChipSelect];
        if (!ok)
        {
            counters.Errors++;
            return;
        }

        counters.Transfers++;
        counters.BytesSent += (uint)transfer.Sent.Length;
        counters.BytesReceived += (uint)transfer.Received.Length;
    }
}
