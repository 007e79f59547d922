// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards.Spi;
using VhostDevice.Devices.Spi;

namespace VhostDevice.Devices.Boards.Models;

/// <summary>A wire from MOSI to MISO: what is sent comes back, in any mode.</summary>
public sealed class LoopBack(Board board, string? name = null, int chipSelect = 0) : SpiPart(board, "loop-back", name, chipSelect)
{
    protected override bool IsOver => true;

    protected override bool Takes(SpiTransferMode mode) => true;

    protected override void Select()
    {
    }

    protected override byte Exchange(byte sent) => sent;

    protected override void Exchange(ReadOnlySpan<byte> sent, Span<byte> received)
    {
        if (sent.IsEmpty)
            received.Clear();
        else if (!received.IsEmpty)
            sent.CopyTo(received);
    }
}
