// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards.Registers;

namespace VhostDevice.Devices.Boards.I2c;

/// <summary>A chip on an I²C bus whose 8-bit registers are written apart, because it is made for other buses, too.</summary>
public sealed class RegisterChip : ByteRegisters
{
    private readonly IByteRegisters _registers;

    /// <inheritdoc cref="I2cPart(Board, string, string?, int, int)"/>
    /// <param name="registers">Makes the registers; it declares its parameters and pins on the part that it is given.</param>
    public RegisterChip(Board board, string model, string? name, int address, Func<BoardPart, IByteRegisters> registers)
        : base(board, model, name, address) => _registers = registers(this);

    protected override byte ReadRegister(int register) => _registers.ReadRegister(register);

    protected override void WriteRegister(int register, byte value) => _registers.WriteRegister(register, value);

    protected override int Next(int register) => _registers.Next(register);

    protected override void OnStart(bool read) => _registers.Begin();
}
