// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Boards.Registers;

/// <summary>
/// How a bus reads and writes 16-bit registers, high byte first: the first byte written may be the register's number, two
/// more set it. Reading and writing go on within the register.
/// </summary>
public sealed class WordRegisterFile(IWordRegisters registers)
{
    private int _at;
    private byte _high;
    private ushort _held;

    /// <summary>The register that was chosen last, 0 to 255.</summary>
    public int Pointer { get; set; }

    /// <summary>A transaction begins, with the high byte of the register.</summary>
    /// <param name="pointerComes">The first byte written is the pointer; otherwise it stays where it is, or is set by the bus.</param>
    public void Begin(bool pointerComes) => _at = pointerComes ? -1 : 0;

    /// <summary>A byte from the master.</summary>
    public void Write(byte value)
    {
        if (_at < 0)
            Pointer = value;
        else if (registers.IsByte(Pointer))
            registers.WriteRegister(Pointer, (ushort)(value << 8));
        else if ((_at & 1) == 0)
            _high = value;
        else
            registers.WriteRegister(Pointer, (ushort)((_high << 8) | value));
        _at++;
    }

    /// <summary>The next byte for the master.</summary>
    public byte Read()
    {
        if (registers.IsByte(Pointer))
            return (byte)(registers.ReadRegister(Pointer) >> 8);
        if ((_at++ & 1) != 0)
            return (byte)_held;
        _held = registers.ReadRegister(Pointer);
        return (byte)(_held >> 8);
    }
}
