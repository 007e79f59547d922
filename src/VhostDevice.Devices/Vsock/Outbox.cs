// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers;
using System.Buffers.Binary;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Vsock;

/// <summary>
/// What the guest has sent and the host program has not taken: the bytes of a stream, or messages, each behind a head of
/// its own, the last of which may be unfinished. How much may be kept is for the caller to know; without anything kept
/// there is no buffer.
/// </summary>
internal struct Outbox
{
    /// <summary>In front of each message: its length, and whether it ends a record.</summary>
    internal const int HeadSize = sizeof(int) + 1;

    private const int MinBuffer = 4096;

    private byte[]? _buffer;
    private int _start;
    private int _count;

    // Where behind the start the unfinished message has its head, if there is one.
    private int _unfinished;
    private bool _hasUnfinished;

    /// <summary>Bytes kept, heads of messages included.</summary>
    internal readonly int Count => _count;

    internal readonly bool IsEmpty => _count == 0;

    /// <summary>Whether something can go out: bytes, or a message that is whole.</summary>
    internal readonly bool CanGoOut => _count > 0 && !IsBlockedByHalfAMessage;

    /// <summary>Whether all that is here is part of a message, which goes out only once the rest has come.</summary>
    internal readonly bool IsBlockedByHalfAMessage => _hasUnfinished && _unfinished == 0;

    internal readonly bool HasHalfAMessage => _hasUnfinished;

    // ---- bytes ----

    internal readonly ReadOnlySpan<byte> Bytes => _buffer.AsSpan(_start, _count);

    /// <summary>Keeps what is in the pieces behind the first <paramref name="skip"/> bytes.</summary>
    /// <param name="count">How many bytes that is.</param>
    internal unsafe void Add(ReadOnlySpan<IoVec> pieces, nuint skip, int count)
    {
        Span<byte> target = Extend(count);
        foreach (ref readonly IoVec piece in pieces)
        {
            if (skip >= piece.Length)
            {
                skip -= piece.Length;
                continue;
            }

            ReadOnlySpan<byte> part = new(piece.Base + skip, (int)(piece.Length - skip));
            skip = 0;
            part.CopyTo(target);
            target = target[part.Length..];
        }
    }

    /// <summary>The first bytes have gone out.</summary>
    internal void Remove(int count)
    {
        _start += count;
        _count -= count;
    }

    // ---- messages ----

    /// <summary>Room for part of a message: of the unfinished one, or the first of another.</summary>
    internal Span<byte> AddPart(int count)
    {
        if (!_hasUnfinished)
        {
            _unfinished = _count;
            Extend(HeadSize).Clear();
            _hasUnfinished = true;
        }

        return Extend(count);
    }

    /// <summary>The unfinished message is whole.</summary>
    internal void EndMessage(bool endsRecord)
    {
        Span<byte> head = _buffer.AsSpan(_start + _unfinished);
        BinaryPrimitives.WriteInt32LittleEndian(head, _count - _unfinished - HeadSize);
        head[sizeof(int)] = endsRecord ? (byte)1 : (byte)0;
        _hasUnfinished = false;
        _unfinished = 0;
    }

    /// <summary>The first message, which must be whole.</summary>
    internal readonly ReadOnlySpan<byte> FirstMessage(out bool endsRecord)
    {
        ReadOnlySpan<byte> head = _buffer.AsSpan(_start);
        endsRecord = head[sizeof(int)] != 0;
        return head.Slice(HeadSize, BinaryPrimitives.ReadInt32LittleEndian(head));
    }

    /// <summary>The first message has gone out.</summary>
    /// <returns>Its length.</returns>
    internal int RemoveMessage()
    {
        int length = BinaryPrimitives.ReadInt32LittleEndian(_buffer.AsSpan(_start));
        Remove(HeadSize + length);
        if (_hasUnfinished)
            _unfinished -= HeadSize + length;
        return length;
    }

    /// <summary>The rest of the unfinished message will never come.</summary>
    internal void DropHalfAMessage()
    {
        if (!_hasUnfinished)
            return;
        _count = _unfinished;
        _hasUnfinished = false;
        _unfinished = 0;
        if (_count == 0)
            Drop();
    }

    // ---- both ----

    /// <summary>Nothing is kept any more, nor memory for it.</summary>
    internal void Drop()
    {
        if (_buffer is not null)
            ArrayPool<byte>.Shared.Return(_buffer);
        this = default;
    }

    // Room at the end of what is kept.
    private Span<byte> Extend(int count)
    {
        if (_buffer is null || _start + _count + count > _buffer.Length)
        {
            byte[] to = _buffer is not null && _count + count <= _buffer.Length
                ? _buffer
                : ArrayPool<byte>.Shared.Rent(Math.Max(MinBuffer, _count + count));
            _buffer?.AsSpan(_start, _count).CopyTo(to);
            if (_buffer is not null && to != _buffer)
                ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = to;
            _start = 0;
        }

        Span<byte> room = _buffer.AsSpan(_start + _count, count);
        _count += count;
        return room;
    }
}
