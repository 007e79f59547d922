// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;

namespace VhostDevice.Devices.Boards.Models;

/// <summary>What a memory card says of itself (SD physical layer §5), first byte first, as it goes over the wires.</summary>
internal static class SdRegisters
{
    internal const int IdentityBytes = 16;
    internal const int StatusBytes = 64;
    internal const int SwitchBytes = 64;

    // Of reads, writes, erasing, application commands and functions.
    private const int Classes = 1 | 1 << 2 | 1 << 4 | 1 << 5 | 1 << 8 | 1 << 10;
    private const int Megahertz25 = 0x32;
    private const int BlockBits = 9;
    private const int WholeSector = 0x7f;

    // Version 1: this many steps of 4 << multiplier blocks at the most.
    private const int MostSteps = 1 << 12;
    private const int MostMultiplier = 7;

    /// <summary>The most that version 1 of CSD can say with blocks of 1024 bytes: 2 GiB.</summary>
    internal const long MostOfStandard = (long)MostSteps * (4 << MostMultiplier) * 2 * SdContent.BlockSize;

    /// <summary>CSD, in which a host finds the size.</summary>
    /// <param name="size">In bytes.</param>
    /// <param name="high">Version 2, of cards that are addressed by blocks.</param>
    internal static byte[] Describe(long size, bool high, bool writeProtected)
    {
        byte[] csd = new byte[16];
        Put(csd, 126, 2, high ? 1 : 0);
        Put(csd, 112, 8, high ? 0x0e : 0x26); // access time: 1 ms, or 1.5
        Put(csd, 96, 8, Megahertz25);
        Put(csd, 84, 12, Classes);
        if (high)
        {
            Put(csd, 80, 4, BlockBits);
            Put(csd, 48, 22, (int)(size / SdContent.SizeUnit) - 1);
        }
        else
        {
            // As fine as it can be, with the block length that reaches.
            int blockBits = size > MostOfStandard / 2 ? BlockBits + 1 : BlockBits;
            int multiplier = 0;
            while (size >> (blockBits + 2 + multiplier) > MostSteps)
                multiplier++;
            Put(csd, 80, 4, blockBits);
            Put(csd, 79, 1, 1); // parts of blocks can be read
            Put(csd, 62, 12, (int)(size >> (blockBits + 2 + multiplier)) - 1);
            Put(csd, 50, 12, 0b101_101_101_101); // currents
            Put(csd, 47, 3, multiplier);
        }

        Put(csd, 46, 1, 1); // single blocks can be erased
        Put(csd, 39, 7, WholeSector);
        Put(csd, 26, 3, 2); // a write takes four times as long as a read
        Put(csd, 22, 4, high || size <= MostOfStandard / 2 ? BlockBits : BlockBits + 1);
        Put(csd, 12, 1, writeProtected ? 1 : 0);
        csd[15] = SdChecksum.OfCommand(csd.AsSpan(0, 15));
        return csd;
    }

    /// <summary>CID: nobody's maker number, product SIM-D, revision 1.0, made in January 2026.</summary>
    internal static byte[] Identify(uint serial)
    {
        byte[] cid = [0xfe, .. "VDSIM-D"u8, 0x10, 0, 0, 0, 0, 0x01, 0xa1, 0];
        BinaryPrimitives.WriteUInt32BigEndian(cid.AsSpan(9), serial);
        cid[15] = SdChecksum.OfCommand(cid.AsSpan(0, 15));
        return cid;
    }

    /// <summary>SCR: version 3 of the specification, zeros after erasing, no security, one line and four.</summary>
    internal static byte[] Configure() => [0x02, 0x05, 0x80, 0, 0, 0, 0, 0];

    /// <summary>SD status: speed class 4, allocation units of 4 MiB.</summary>
    internal static byte[] Status()
    {
        byte[] status = new byte[StatusBytes];
        status[8] = 2;
        status[10] = 0x90;
        return status;
    }

    /// <summary>The answer of CMD6: there is nothing but what every card has, function 0 of each group.</summary>
    /// <param name="asked">Four bits for each of six groups; all ones: no change.</param>
    internal static void Functions(uint asked, Span<byte> answer)
    {
        answer.Clear();
        answer[1] = 100; // mA
        for (int group = 0; group < 6; group++)
        {
            BinaryPrimitives.WriteUInt16BigEndian(answer[(12 - 2 * group)..], 0x8001);
            uint function = asked >> 4 * group & 0xf;
            uint result = function is 0 or 0xf ? 0u : 0xf;
            answer[16 - group / 2] |= (byte)(result << 4 * (group & 1));
        }
    }

    // Bits are counted from the end.
    private static void Put(Span<byte> register, int lowest, int width, int value)
    {
        for (int i = 0; i < width; i++)
        {
            int bit = lowest + i;
            register[register.Length - 1 - bit / 8] |= (byte)((value >> i & 1) << bit % 8);
        }
    }
}
