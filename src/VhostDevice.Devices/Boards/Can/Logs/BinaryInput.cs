// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;

namespace VhostDevice.Devices.Boards.Can.Logs;

/// <summary>Reads a file of records with lengths, in either byte order.</summary>
internal sealed class BinaryInput(Stream stream, string name)
{
    private long _position;

    internal bool IsBigEndian { get; set; }

    internal ushort Word(ReadOnlySpan<byte> bytes) =>
        IsBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    internal uint Number(ReadOnlySpan<byte> bytes) =>
        IsBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    /// <summary>Fills a target. False at the end of the file; one that ends within the target is damaged.</summary>
    /// <exception cref="CanLogException">It is.</exception>
    internal bool TryFill(Span<byte> target, bool mayEnd)
    {
        int count = stream.ReadAtLeast(target, target.Length, throwOnEndOfStream: false);
        _position += count;
        if (count == target.Length)
            return true;
        return mayEnd && count == 0 ? false : throw Wrong("the file ends in the middle of a record");
    }

    /// <summary>Leaves bytes out.</summary>
    internal void Skip(uint bytes)
    {
        Span<byte> some = stackalloc byte[256];
        while (bytes > 0)
        {
            int now = (int)Math.Min(bytes, (uint)some.Length);
            _ = TryFill(some[..now], mayEnd: false);
            bytes -= (uint)now;
        }
    }

    internal CanLogException Wrong(string problem) => new($"{name}, byte {_position}: {problem}");
}
