// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.Virtio.Memory;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Fuzz.Ring;

/// <summary>A chain that the device holds, with the memory table of the moment it was taken.</summary>
internal readonly unsafe struct HeldChain(DescriptorChain chain, OwnedVirtqueue queue, GuestRegion[] table)
{
    /// <summary>A device does not read gigabytes that a guest describes by repeating one buffer.</summary>
    private const int MostBytes = 1 << 15;

    public DescriptorChain Chain { get; } = chain;

    public OwnedVirtqueue Queue { get; } = queue;

    /// <summary>What is promised of every chain that reaches a device.</summary>
    public void Check()
    {
        Promise.Keep(Chain.IsInFlight, "a popped chain is in flight");
        CheckPieces(Chain.Readable, Chain.ReadableBytes);
        CheckPieces(Chain.Writable, Chain.WritableBytes);
        Promise.Keep((ulong)Chain.ReadableBytes + Chain.WritableBytes <= uint.MaxValue, "a chain has less than 2^32 bytes");
        Promise.Keep(Chain.Readable.Length + Chain.Writable.Length <= 65536, "a chain has a bounded number of pieces");
    }

    /// <summary>Reads and writes the chain in one of several ways.</summary>
    /// <returns>What to complete it with.</returns>
    public uint Use(byte pattern)
    {
        Span<IoVec> room = stackalloc IoVec[3];
        Span<byte> buffer = stackalloc byte[1 + (pattern * 3)];
        ChainReader reader = Chain.Reader();
        Promise.Keep(reader.Remaining == Chain.ReadableBytes, "a new reader has all before it");
        ulong expected = Chain.ReadableBytes;
        if ((pattern & 1) != 0)
            expected -= reader.TrySkip(pattern) ? Math.Min(pattern, expected) : expected;
        if ((pattern & 2) != 0 && reader.TryRead(out uint _))
            expected -= 4;
        else if ((pattern & 2) != 0)
            expected = 0;
        for (int total = 0; total < MostBytes && reader.Remaining > 0; total += buffer.Length)
        {
            ulong bytes = (pattern & 4) != 0
                ? (ulong)reader.Read(buffer)
                : Taken(room[..reader.TakePieces(room, (ulong)buffer.Length, out ulong n)], n);
            Promise.Keep(bytes > 0 && bytes <= expected, "reading goes on, and not beyond the end");
            expected -= bytes;
            Promise.Keep(reader.Remaining == expected, "a reader counts what is left");
        }

        ChainWriter writer = Chain.Writer();
        if ((pattern & 8) != 0)
            _ = writer.TryWrite(0x1122334455667788);
        for (int total = 0; total < MostBytes && writer.Remaining > 0; total += buffer.Length)
        {
            uint before = writer.Written;
            ulong bytes = (pattern & 16) != 0
                ? (ulong)writer.Write(buffer)
                : Taken(room[..writer.TakePieces(room, (ulong)buffer.Length, out ulong n)], n);
            Promise.Keep(bytes > 0 && writer.Written == before + bytes, "writing goes on and is counted");
            Promise.Keep(writer.Written + writer.Remaining == Chain.WritableBytes, "a writer counts what is left");
        }

        return writer.Written;
    }

    // As a system call would: the first and the last byte of each piece.
    private static ulong Taken(ReadOnlySpan<IoVec> pieces, ulong promised)
    {
        ulong sum = 0;
        foreach (ref readonly IoVec piece in pieces)
        {
            piece.Base[0] ^= piece.Base[piece.Length - 1];
            sum += piece.Length;
        }

        Promise.Keep(sum == promised, "pieces add up to what is said");
        return sum;
    }

    private void CheckPieces(ReadOnlySpan<IoVec> pieces, uint promised)
    {
        ulong sum = 0;
        foreach (ref readonly IoVec piece in pieces)
        {
            Promise.Keep(piece.Length > 0 && GuestLayout.Holds(table, piece.Base, piece.Length), "a piece lies in the guest's memory");
            sum += piece.Length;
        }

        Promise.Keep(sum == promised, "the pieces of a chain add up to its length");
    }
}
