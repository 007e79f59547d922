// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Boards.Registers;

/// <summary>
/// The 8-bit registers of a chip, whatever bus it is read through. A chip that sits on several buses implements this
/// once; a <see cref="ByteRegisterFile"/> then reads and writes it. All calls come under <see cref="Board.Gate"/>.
/// </summary>
public interface IByteRegisters
{
    /// <summary>What a register says now.</summary>
    /// <param name="register">0 to 255: whatever the master asked for.</param>
    byte ReadRegister(int register);

    /// <summary>The master sets a register.</summary>
    /// <param name="register">0 to 255: whatever the master asked for.</param>
    void WriteRegister(int register, byte value);

    /// <summary>The register after another; chips differ in where they start again.</summary>
    int Next(int register) => (register + 1) & 0xff;

    /// <summary>A transaction begins, or begins again to change its direction: what a longer read must see at one moment is
    /// held from here on.</summary>
    void Begin()
    {
    }
}
