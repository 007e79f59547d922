// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using System.Text;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Devices.Scmi.Messages;

/// <summary>
/// A command and its answer, apart from guest memory. The parameters are read in order; what is put into the answer follows
/// its status. One object is used for command after command.
/// </summary>
public sealed class ScmiCall
{
    /// <summary>Longest command, and longest answer. Drivers use 136 bytes; lists of any length come in parts.</summary>
    internal const int MostBytes = 1024;

    private const int WordBytes = 4;
    private const int HeadBytes = ScmiHeader.Bytes + WordBytes;

    private readonly byte[] _command = new byte[MostBytes];
    private readonly byte[] _answer = new byte[MostBytes];
    private int _length;
    private int _read;
    private int _written;
    private int _room;
    private bool _isTooLong;
    private bool _hasOverflowed;

    /// <summary>How it ended, once it is answered.</summary>
    internal ScmiStatus Status { get; private set; }

    /// <summary>Whether there was room for a status at least.</summary>
    internal bool HasAnswer => _written > 0;

    internal ScmiHeader Header => new(BinaryPrimitives.ReadUInt32LittleEndian(_command));

    internal bool HasHeader => _length >= ScmiHeader.Bytes;

    /// <summary>Bytes of the parameters; <see cref="MostBytes"/> when they are more than any command has.</summary>
    internal int ParameterBytes => _isTooLong ? MostBytes : _length - ScmiHeader.Bytes;

    /// <summary>Bytes that the answer still has room for.</summary>
    internal int Room => _room - _written;

    /// <summary>Whether all parameters are read.</summary>
    internal bool IsRead => _read >= _length;

    /// <summary>Copies a command out of guest memory.</summary>
    internal void Read(DescriptorChain chain) => Read(chain.Reader(), chain.WritableBytes);

    /// <summary>The same from memory of our own.</summary>
    internal void Read(ReadOnlySpan<byte> command, int room)
    {
        _length = Math.Min(command.Length, MostBytes);
        command[.._length].CopyTo(_command);
        Begin(command.Length > MostBytes, (uint)room);
    }

    /// <summary>Copies the answer into guest memory.</summary>
    /// <returns>Bytes written.</returns>
    internal uint Write(DescriptorChain chain) => (uint)chain.Writer().Write(Answer);

    /// <summary>The answer: header, status and what belongs to it; empty when there was no room for these two.</summary>
    internal ReadOnlySpan<byte> Answer => _answer.AsSpan(0, _written);

    /// <summary>The next parameter; 0 behind the last.</summary>
    internal uint Take()
    {
        if (_read + WordBytes > _length)
            return 0;
        uint value = BinaryPrimitives.ReadUInt32LittleEndian(_command.AsSpan(_read));
        _read += WordBytes;
        return value;
    }

    /// <summary>The next two parameters, of which the lower half comes first.</summary>
    internal ulong TakeLong() => Take() | ((ulong)Take() << 32);

    internal void Put(uint value)
    {
        if (Reserve(WordBytes) is { Length: > 0 } place)
            BinaryPrimitives.WriteUInt32LittleEndian(place, value);
    }

    /// <summary>Two words, of which the lower half comes first.</summary>
    internal void Put(ulong value)
    {
        Put((uint)value);
        Put((uint)(value >> 32));
    }

    /// <summary>A text in so many bytes, the last of which is zero: what is longer is cut.</summary>
    internal void Put(string text, int bytes)
    {
        Span<byte> place = Reserve(bytes);
        if (place.IsEmpty)
            return;
        place.Clear();
        _ = Encoding.ASCII.TryGetBytes(text.AsSpan(0, Math.Min(text.Length, bytes - 1)), place, out _);
    }

    /// <summary>Puts a word whose value is known later.</summary>
    /// <returns>Where it is, for <see cref="Set"/>.</returns>
    internal int PutLater()
    {
        Put(0u);
        return _written - WordBytes;
    }

    internal void Set(int place, uint value)
    {
        if (!_hasOverflowed)
            BinaryPrimitives.WriteUInt32LittleEndian(_answer.AsSpan(place), value);
    }

    /// <summary>Ends the answer. What was put counts only with success.</summary>
    internal void End(ScmiStatus status)
    {
        Status = _hasOverflowed && status == ScmiStatus.Success ? ScmiStatus.CommunicationError : status;
        if (Status != ScmiStatus.Success)
            _written = HeadBytes;
        if (_room < HeadBytes)
        {
            Status = Status == ScmiStatus.Success ? ScmiStatus.CommunicationError : Status;
            _written = 0;
            return;
        }

        BinaryPrimitives.WriteUInt32LittleEndian(_answer, HasHeader ? Header.Bits : 0);
        BinaryPrimitives.WriteInt32LittleEndian(_answer.AsSpan(ScmiHeader.Bytes), (int)Status);
    }

    private void Read(ChainReader reader, uint room)
    {
        _length = reader.Read(_command);
        Begin(reader.Remaining > 0, room);
    }

    private void Begin(bool isTooLong, uint room)
    {
        _isTooLong = isTooLong;
        _read = ScmiHeader.Bytes;
        _written = HeadBytes;
        _room = (int)Math.Min(room, MostBytes);
        _hasOverflowed = false;
        Status = ScmiStatus.GenericError;
    }

    private Span<byte> Reserve(int bytes)
    {
        _hasOverflowed |= bytes > Room;
        if (_hasOverflowed)
            return default;
        Span<byte> place = _answer.AsSpan(_written, bytes);
        _written += bytes;
        return place;
    }
}
