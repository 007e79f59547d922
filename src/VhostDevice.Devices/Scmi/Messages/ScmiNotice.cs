// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;

namespace VhostDevice.Devices.Scmi.Messages;

/// <summary>A notification that waits for a buffer of the driver's.</summary>
internal sealed class ScmiNotice
{
    /// <summary>A reading of sixteen axes.</summary>
    internal const int MostWords = 2 + (16 * 4);

    private readonly byte[] _bytes = new byte[ScmiHeader.Bytes + (MostWords * sizeof(uint))];
    private int _length;

    /// <summary>What it is about, if a newer one replaces it; else 0.</summary>
    internal ulong Key { get; private set; }

    internal ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _length);

    internal void Set(ScmiHeader header, ulong key, ReadOnlySpan<uint> words)
    {
        Key = key;
        BinaryPrimitives.WriteUInt32LittleEndian(_bytes, header.Bits);
        _length = ScmiHeader.Bytes;
        foreach (uint word in words)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(_bytes.AsSpan(_length), word);
            _length += sizeof(uint);
        }
    }
}
