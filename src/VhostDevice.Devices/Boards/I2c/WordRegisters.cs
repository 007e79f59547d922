// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards.Registers;

namespace VhostDevice.Devices.Boards.I2c;

/// <summary>
/// A chip with a few 16-bit registers, high byte first: the first byte written is the register's number, two more set it.
/// Reading goes on within the register.
/// </summary>
public abstract class WordRegisters : I2cPart, IWordRegisters
{
    private readonly WordRegisterFile _file;

    /// <inheritdoc cref="I2cPart(Board, string, string?, int, int)"/>
    protected WordRegisters(Board board, string model, string? name, int address)
        : base(board, model, name, address) => _file = new WordRegisterFile(this);

    /// <summary>The register that was chosen last, 0 to 255.</summary>
    protected int Pointer => _file.Pointer;

    ushort IWordRegisters.ReadRegister(int register) => ReadRegister(register);

    void IWordRegisters.WriteRegister(int register, ushort value) => WriteRegister(register, value);

    bool IWordRegisters.IsByte(int register) => IsByte(register);

    /// <inheritdoc cref="IWordRegisters.ReadRegister"/>
    protected abstract ushort ReadRegister(int register);

    /// <inheritdoc cref="IWordRegisters.WriteRegister"/>
    protected abstract void WriteRegister(int register, ushort value);

    /// <inheritdoc cref="IWordRegisters.IsByte"/>
    protected virtual bool IsByte(int register) => false;

    protected override bool Start(ushort address, bool read)
    {
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
