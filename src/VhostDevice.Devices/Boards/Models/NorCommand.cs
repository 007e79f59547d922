// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Boards.Models;

/// <summary>What an opcode of a flash chip means.</summary>
/// <param name="Does">What happens in its data, or when the chip select rises.</param>
/// <param name="Address">Bytes of the address behind the opcode; <see cref="ByMode"/>: 3 or 4.</param>
/// <param name="Dummy">Bytes after that, which mean nothing.</param>
/// <param name="Length">What it erases, in bytes.</param>
internal sealed record NorCommand(NorDeed Does, int Address = 0, int Dummy = 0, int Length = 0)
{
    internal const int ByMode = -1;

    private static readonly NorCommand?[] s_byOpcode = Make();

    /// <summary>Whether bytes go to the master behind all that.</summary>
    internal bool Reads => Does is >= NorDeed.ReadMemory and <= NorDeed.ReadAddressRegister;

    /// <summary>Whether bytes come from the master behind all that.</summary>
    internal bool Writes => WritesStatus || Does is NorDeed.Program or NorDeed.WriteAddressRegister;

    internal bool WritesStatus => Does is NorDeed.WriteStatus1 or NorDeed.WriteStatus2 or NorDeed.WriteStatus3;

    /// <summary>Whether it is done only behind a write enable.</summary>
    internal bool NeedsLatch => Writes || Does == NorDeed.Erase;

    internal bool IsStatus => Does is NorDeed.ReadStatus1 or NorDeed.ReadStatus2 or NorDeed.ReadStatus3;

    internal static NorCommand? Of(byte opcode) => s_byOpcode[opcode];

    private static NorCommand?[] Make()
    {
        NorCommand?[] all = new NorCommand?[256];
        all[0x03] = new(NorDeed.ReadMemory, ByMode);
        all[0x0b] = new(NorDeed.ReadMemory, ByMode, Dummy: 1);
        all[0x13] = new(NorDeed.ReadMemory, 4);
        all[0x0c] = new(NorDeed.ReadMemory, 4, Dummy: 1);
        all[0x5a] = new(NorDeed.ReadDescription, 3, Dummy: 1);
        all[0x9f] = new(NorDeed.ReadIdentity);
        all[0x90] = new(NorDeed.ReadMaker, 3);
        all[0xab] = new(NorDeed.WakeUp, Dummy: 3);
        all[0x4b] = new(NorDeed.ReadSerial, Dummy: 4);
        all[0x05] = new(NorDeed.ReadStatus1);
        all[0x35] = new(NorDeed.ReadStatus2);
        all[0x15] = new(NorDeed.ReadStatus3);
        all[0xc8] = new(NorDeed.ReadAddressRegister);
        all[0x01] = new(NorDeed.WriteStatus1);
        all[0x31] = new(NorDeed.WriteStatus2);
        all[0x11] = new(NorDeed.WriteStatus3);
        all[0xc5] = new(NorDeed.WriteAddressRegister);
        all[0x02] = new(NorDeed.Program, ByMode);
        all[0x12] = new(NorDeed.Program, 4);
        all[0x20] = new(NorDeed.Erase, ByMode, Length: NorKind.SectorSize);
        all[0x21] = new(NorDeed.Erase, 4, Length: NorKind.SectorSize);
        all[0x52] = new(NorDeed.Erase, ByMode, Length: NorKind.HalfBlockSize);
        all[0xd8] = new(NorDeed.Erase, ByMode, Length: NorKind.BlockSize);
        all[0xdc] = new(NorDeed.Erase, 4, Length: NorKind.BlockSize);
        all[0xc7] = all[0x60] = new(NorDeed.Erase);
        all[0x06] = new(NorDeed.EnableWrites);
        all[0x04] = new(NorDeed.DisableWrites);
        all[0x50] = new(NorDeed.EnableVolatileStatus);
        all[0xb7] = new(NorDeed.UseLongAddresses);
        all[0xe9] = new(NorDeed.UseShortAddresses);
        all[0xb9] = new(NorDeed.PowerDown);
        all[0x66] = new(NorDeed.EnableReset);
        all[0x99] = new(NorDeed.Reset);
        return all;
    }
}
