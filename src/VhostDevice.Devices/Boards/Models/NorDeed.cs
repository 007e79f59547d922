// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Boards.Models;

/// <summary>What a <see cref="NorCommand"/> does.</summary>
internal enum NorDeed
{
    // Bytes to the master, from here to the address register.
    ReadMemory,
    ReadDescription,
    ReadIdentity,
    ReadMaker,
    ReadSerial,

    /// <summary>Out of power-down; says who it is to those who listen on.</summary>
    WakeUp,
    ReadStatus1,
    ReadStatus2,
    ReadStatus3,

    /// <summary>The extended address register: the fourth byte of addresses that have three.</summary>
    ReadAddressRegister,

    WriteStatus1,
    WriteStatus2,
    WriteStatus3,
    WriteAddressRegister,
    Program,
    Erase,
    EnableWrites,
    DisableWrites,

    /// <summary>The next write of a status register is forgotten at the next reset.</summary>
    EnableVolatileStatus,
    UseLongAddresses,
    UseShortAddresses,
    PowerDown,
    EnableReset,
    Reset,
}
