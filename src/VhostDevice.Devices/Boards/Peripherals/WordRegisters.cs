// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Boards.Peripherals;

/// <summary>
/// A chip with a few 16-bit registers, high byte first: the first byte written is the register's number, two more set it.
/// Reading goes on within the register.
/// </summary>
public abstract class WordRegisters : I2cPart
{
    private int _at;
    private byte _high;
    private ushort _held;

    /// <inheritdoc cref="I2cPart(Board, string, string?, int, int)"/>
    protected WordRegisters(Board board, string model, string? name, int address)
        : base(board, model, name, address)
    {
    }

    /// <summary>The register that was chosen last, 0 to 255.</summary>
    protected int Pointer { get; private set; }

    /// <summary>What a register says now; read once for both bytes.</summary>
    protected abstract ushort ReadRegister(int register);

    /// <summary>The master sets a register, with both of its bytes.</summary>
    protected abstract void WriteRegister(int register, ushort value);

    /// <summary>Whether a register has one byte only, which is the high one of the value.</summary>
    protected virtual bool IsByte(int register) => false;

    protected override bool Start(ushort address, bool read)
    {
        _at = read ? 0 : -1;
        return true;
    }

    protected override bool Write(byte value)
    {
        if (_at < 0)
            Pointer = value;
        else if (IsByte(Pointer))
            WriteRegister(Pointer, (ushort)(value << 8));
        else if ((_at & 1) == 0)
            _high = value;
        else
            WriteRegister(Pointer, (ushort)((_high << 8) | value));
        _at++;
        return true;
    }

    protected override byte Read()
    {
        if (IsByte(Pointer))
            return (byte)(ReadRegister(Pointer) >> 8);
        if ((_at++ & 1) != 0)
            return (byte)_held;
        _held = ReadRegister(Pointer);
        return (byte)(_held >> 8);
    }
}
