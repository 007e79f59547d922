// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Spi;

namespace VhostDevice.Devices.Boards.Spi;

/// <summary>
/// A chip on a simulated SPI bus, as the wires see it: it is selected, bytes go both ways at the same time, it is deselected.
/// All calls come under <see cref="Board.Gate"/>. Nothing here may wait or allocate: a guest waits for the answer.
/// </summary>
public interface ISpiPeripheral
{
    /// <summary>
    /// Whether the chip's own rules say that nothing more belongs to what it was selected for. Drivers of Linux never say so
    /// themselves (docs/devices/spi.md). Asked between transfers.
    /// </summary>
    bool IsOver { get; }

    /// <summary>Whether the chip understands what is clocked like this; otherwise it is not selected, and nobody answers.</summary>
    bool Takes(SpiTransferMode mode);

    /// <summary>Its chip select falls.</summary>
    void Select();

    /// <summary>Bytes, each with its most significant bit first.</summary>
    /// <param name="sent">From the master; empty: zeros.</param>
    /// <param name="received">To the master, as many; empty: nobody looks. Never both.</param>
    void Exchange(ReadOnlySpan<byte> sent, Span<byte> received);

    /// <summary>Its chip select rises. Comes once for every <see cref="Select"/>.</summary>
    void Deselect();
}
