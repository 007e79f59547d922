// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Boards.I2c;

/// <summary>
/// A chip on a simulated I²C bus, as the wires see it: it is addressed, then bytes go one way, then it is addressed again
/// (a repeated start) or the bus stops. All calls come under <see cref="Board.Gate"/>, in this order:
/// <see cref="Start"/>, any number of <see cref="Write"/> or <see cref="Read"/>, more starts, and one <see cref="Stop"/>.
/// Nothing here may wait or allocate: a guest waits for the answer.
/// </summary>
public interface II2cPeripheral
{
    /// <summary>The addresses that it may answer, 7 bits wide (0x08 to 0x77), fixed for its life.</summary>
    ReadOnlySpan<ushort> Addresses { get; }

    /// <summary>A start, or repeated start, with one of <see cref="Addresses"/>.</summary>
    /// <param name="read">The master wants to read.</param>
    /// <returns>The acknowledge bit; false makes it seem absent, as a busy EEPROM does.</returns>
    bool Start(ushort address, bool read);

    /// <summary>A byte from the master.</summary>
    /// <returns>The acknowledge bit; after false the transaction ends.</returns>
    bool Write(byte value);

    /// <summary>The next byte for the master.</summary>
    byte Read();

    /// <summary>The bus stops. Comes once for every transaction with at least one <see cref="Start"/> that was acknowledged.</summary>
    void Stop();
}
