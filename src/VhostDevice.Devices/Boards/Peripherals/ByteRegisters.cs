// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Boards.Peripherals;

/// <summary>
/// A chip with 8-bit registers: the first byte written is the register's number, and every byte after it, read or
/// written, belongs to the next register.
/// </summary>
public abstract class ByteRegisters : I2cPart
{
    private bool _pointerComes;

    /// <inheritdoc cref="I2cPart(Board, string, string?, int, int)"/>
    protected ByteRegisters(Board board, string model, string? name, int address)
        : base(board, model, name, address)
    {
    }

    /// <summary>The register that the next byte belongs to.</summary>
    protected int Pointer { get; set; }

    /// <summary>What a register says now.</summary>
    /// <param name="register">0 to 255: whatever the master asked for.</param>
    protected abstract byte ReadRegister(int register);

    /// <summary>The master sets a register.</summary>
    /// <param name="register">0 to 255: whatever the master asked for.</param>
    protected abstract void WriteRegister(int register, byte value);

    /// <summary>The register after another; chips differ in where they start again.</summary>
    protected virtual int Next(int register) => (register + 1) & 0xff;

    /// <summary>A transaction addresses the chip: what a longer read must see at one moment is held from here on.</summary>
    protected virtual void OnStart(bool read)
    {
    }

    protected override bool Start(ushort address, bool read)
    {
        _pointerComes = !read;
        OnStart(read);
        return true;
    }

    protected override bool Write(byte value)
    {
        if (_pointerComes)
        {
            _pointerComes = false;
            Pointer = value;
            return true;
        }

        int register = Pointer;
        Pointer = Next(register);
        WriteRegister(register, value);
        return true;
    }

    protected override byte Read()
    {
        int register = Pointer;
        Pointer = Next(register);
        return ReadRegister(register);
    }
}
