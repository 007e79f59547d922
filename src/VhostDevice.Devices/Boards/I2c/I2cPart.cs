// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;

namespace VhostDevice.Devices.Boards.I2c;

/// <summary>
/// A part that sits on an I²C bus. Models derive from this, or from <see cref="ByteRegisters"/> or
/// <see cref="WordRegisters"/>, which know how most chips are read and written.
/// </summary>
public abstract class I2cPart : BoardPart, II2cPeripheral
{
    private readonly ushort[] _addresses;
    private readonly SwitchParameter _connected;

    /// <param name="name">Null: the model and the address, <c>lm75@48</c>.</param>
    /// <param name="address">The lowest that it answers, 0x08 to 0x77.</param>
    /// <param name="addressCount">How many it answers from there on.</param>
    /// <exception cref="BoardException">An address that no chip can have, or a name that the board has already.</exception>
    protected I2cPart(Board board, string model, string? name, int address, int addressCount = 1)
        : base(board, model, name ?? NameAt(model, address))
    {
        if (address < SimulatedI2cBus.FirstAddress || address + addressCount - 1 > SimulatedI2cBus.LastAddress)
            throw new BoardException($"an I²C address is 0x{SimulatedI2cBus.FirstAddress:x2} to 0x{SimulatedI2cBus.LastAddress:x2}");
        _addresses = [.. Enumerable.Range(address, addressCount).Select(a => (ushort)a)];
        _connected = Parameter(new SwitchParameter("connected", true));
    }

    public ReadOnlySpan<ushort> Addresses => _addresses;

    /// <summary>Whether it is on the bus; what is not answers nothing, and keeps what it knows.</summary>
    public SwitchParameter Connected => _connected;

    bool II2cPeripheral.Start(ushort address, bool read) => _connected.Now && Start(address, read);

    bool II2cPeripheral.Write(byte value) => Write(value);

    byte II2cPeripheral.Read() => Read();

    void II2cPeripheral.Stop() => Stop();

    internal override bool Answers(string name) => name == NameAt(Model, _addresses[0]) || name == $"{Model}@0x{_addresses[0]:x2}";

    /// <inheritdoc cref="II2cPeripheral.Start"/>
    protected abstract bool Start(ushort address, bool read);

    /// <inheritdoc cref="II2cPeripheral.Write"/>
    protected abstract bool Write(byte value);

    /// <inheritdoc cref="II2cPeripheral.Read"/>
    protected abstract byte Read();

    /// <inheritdoc cref="II2cPeripheral.Stop"/>
    protected virtual void Stop()
    {
    }

    private static string NameAt(string model, int address) => string.Create(CultureInfo.InvariantCulture, $"{model}@{address:x2}");
}
