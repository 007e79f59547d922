// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards.Registers;

namespace VhostDevice.Devices.Boards.I2c;

/// <summary>
/// A chip with 8-bit registers: the first byte written is the register's number, and every byte after it, read or
/// written, belongs to the next register.
/// </summary>
public abstract class ByteRegisters : I2cPart, IByteRegisters
{
    private readonly ByteRegisterFile _file;
    private bool _reads;

    /// <inheritdoc cref="I2cPart(Board, string, string?, int, int)"/>
    protected ByteRegisters(Board board, string model, string? name, int address)
        : base(board, model, name, address) => _file = new ByteRegisterFile(this);

    /// <summary>The register that the next byte belongs to.</summary>
    protected int Pointer
    {
        get => _file.Pointer;
        set => _file.Pointer = value;
    }

    byte IByteRegisters.ReadRegister(int register) => ReadRegister(register);

    void IByteRegisters.WriteRegister(int register, byte value) => WriteRegister(register, value);

    int IByteRegisters.Next(int register) => Next(register);

    void IByteRegisters.Begin() => OnStart(_reads);

    /// <inheritdoc cref="IByteRegisters.ReadRegister"/>
    protected abstract byte ReadRegister(int register);

    /// <inheritdoc cref="IByteRegisters.WriteRegister"/>
    protected abstract void WriteRegister(int register, byte value);

    /// <inheritdoc cref="IByteRegisters.Next"/>
    protected virtual int Next(int register) => (register + 1) & 0xff;

    /// <summary>A transaction addresses the chip: what a longer read must see at one moment is held from here on.</summary>
    protected virtual void OnStart(bool read)
    {
    }

    protected override bool Start(ushort address, bool read)
    {
        _reads = read;
        _file.Begin(pointerComes: !read);
        return true;
    }

    protected override bool Write(byte value)
    {
        _file.Write(value);
        return true;
    }

    protected override byte Read() => _file.Read();
}
