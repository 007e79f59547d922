// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Boards.Registers;

/// <summary>
/// The 16-bit registers of a chip, whatever bus it is read through; a <see cref="WordRegisterFile"/> reads and writes
/// them. All calls come under <see cref="Board.Gate"/>.
/// </summary>
public interface IWordRegisters
{
    /// <summary>What a register says now; read once for both bytes.</summary>
    /// <param name="register">0 to 255: whatever the master asked for.</param>
    ushort ReadRegister(int register);

    /// <summary>The master sets a register, with both of its bytes.</summary>
    void WriteRegister(int register, ushort value);

    /// <summary>Whether a register has one byte only, which is the high one of the value.</summary>
    bool IsByte(int register) => false;
}
