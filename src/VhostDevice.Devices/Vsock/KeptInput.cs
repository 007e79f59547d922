// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers;

namespace VhostDevice.Devices.Vsock;

/// <summary>What was read from a host program before there was a receive buffer for it: its first line and what followed
/// that, or one message. Without anything kept there is no buffer.</summary>
internal struct KeptInput
{
    private byte[]? _buffer;
    private int _start;
    private int _end;

    internal readonly bool IsEmpty => _end == _start;

    internal readonly uint Count => (uint)(_end - _start);

    /// <summary>Whether part of what was kept has been taken already.</summary>
    internal readonly bool IsBegun => _start > 0;

    internal readonly ReadOnlySpan<byte> Bytes => _buffer.AsSpan(_start, _end - _start);

    /// <summary>Room behind what is kept.</summary>
    /// <param name="capacity">Bytes in all, the same as long as something is kept.</param>
    internal Span<byte> Room(int capacity)
    {
        _buffer ??= ArrayPool<byte>.Shared.Rent(Math.Max(1, capacity));
        return _buffer.AsSpan(_end, capacity - _end);
    }

    /// <summary>So much was put into the room.</summary>
    internal void Add(int count) => _end += count;

    /// <summary>The first bytes are used up.</summary>
    internal void Take(int count)
    {
        _start += count;
        if (_start == _end)
            Drop();
    }

    internal void Drop()
    {
        if (_buffer is not null)
            ArrayPool<byte>.Shared.Return(_buffer);
        this = default;
    }
}
