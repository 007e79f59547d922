// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Boards.Registers;

/// <summary>
/// How a bus reads and writes 8-bit registers: a pointer that goes on with every byte. On many buses the first byte
/// written is the pointer.
/// </summary>
public sealed class ByteRegisterFile(IByteRegisters registers)
{
    private bool _pointerComes;

    /// <summary>The register that the next byte belongs to, 0 to 255.</summary>
    public int Pointer { get; set; }

    /// <summary>A transaction begins.</summary>
    /// <param name="pointerComes">The first byte written is the pointer; otherwise it stays where it is, or is set by the bus.</param>
    public void Begin(bool pointerComes)
    {
        _pointerComes = pointerComes;
        registers.Begin();
    }

    /// <summary>A byte from the master.</summary>
    public void Write(byte value)
    {
        if (_pointerComes)
        {
            _pointerComes = false;
            Pointer = value;
            return;
        }

        int register = Pointer;
        Pointer = registers.Next(register);
        registers.WriteRegister(register, value);
    }

    /// <summary>The next byte for the master.</summary>
    public byte Read()
    {
        int register = Pointer;
        Pointer = registers.Next(register);
        return registers.ReadRegister(register);
    }
}
