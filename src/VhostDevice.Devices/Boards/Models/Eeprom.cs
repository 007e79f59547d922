// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards.I2c;

namespace VhostDevice.Devices.Boards.Models;

/// <summary>
/// A serial EEPROM 24C01 to 24C512. A write stays within its page, begins when the bus stops, and takes 5 ms, in which the chip
/// does not answer.
/// </summary>
public sealed class Eeprom : I2cPart
{
    /// <summary>The time that a write takes.</summary>
    public static readonly TimeSpan WriteTime = TimeSpan.FromMilliseconds(5);

    private readonly EepromKind _kind;
    private readonly byte[] _content;
    private readonly byte[] _page;
    private readonly SwitchParameter _protected;
    private int _pointer;
    private int _addressBytes;
    private int _staged;
    private int _firstStaged;
    private long? _busySince;

    /// <param name="address">0x50 to 0x57 on the real one; one that needs several blocks answers at the addresses from there on.</param>
    public Eeprom(Board board, EepromKind kind, string? name = null, int address = 0x50)
        : base(board, kind.Name, name, address, kind.Blocks)
    {
        if (address % kind.Blocks != 0)
            throw new BoardException($"a {kind.Name} answers {kind.Blocks} addresses, the lowest of which must be divisible by {kind.Blocks}");
        _kind = kind;
        _content = new byte[kind.Size];
        _content.AsSpan().Fill(0xff);
        _page = new byte[kind.PageSize];
        _protected = Parameter(new SwitchParameter("write-protect", false));
    }

    /// <summary>Whether pin WP is high: data is not taken.</summary>
    public SwitchParameter WriteProtect => _protected;

    /// <summary>Its size in bytes.</summary>
    public int Size => _content.Length;

    /// <summary>Copies content out. From any thread.</summary>
    public void Read(int offset, Span<byte> target)
    {
        lock (Board.Gate)
            _content.AsSpan(offset, target.Length).CopyTo(target);
    }

    /// <summary>Puts content in, as a programmer does: at once. From any thread.</summary>
    public void Write(int offset, ReadOnlySpan<byte> source)
    {
        lock (Board.Gate)
            source.CopyTo(_content.AsSpan(offset, source.Length));
    }

    protected override bool Start(ushort address, bool read)
    {
        if (_busySince is { } since)
        {
            if (Board.Time.GetElapsedTime(since) < WriteTime)
                return false;
            _busySince = null;
        }

        if (_kind.Blocks > 1)
            _pointer = ((address & (_kind.Blocks - 1)) << 8) | (_pointer & 0xff);
        _addressBytes = read ? 0 : _kind.AddressBytes;
        _staged = 0;
        return true;
    }

    protected override bool Write(byte value)
    {
        if (_addressBytes > 0)
        {
            _addressBytes--;
            // One byte selects within the block, two within the whole.
            _pointer = _kind.AddressBytes == 1
                ? (_pointer & ~0xff | value) & (_content.Length - 1)
                : ((_pointer << 8) | value) & 0xffff & (_content.Length - 1);
            return true;
        }

        if (_protected.Now)
            return false;
        if (_staged == 0)
            _firstStaged = _pointer;
        // More than a page overwrites what came first.
        int within = (_firstStaged + _staged) & (_kind.PageSize - 1);
        _page[within] = value;
        _staged++;
        return true;
    }

    protected override byte Read()
    {
        byte value = _content[_pointer];
        _pointer = (_pointer + 1) & (_content.Length - 1);
        return value;
    }

    protected override void Stop()
    {
        if (_staged == 0)
            return;
        int page = _firstStaged & ~(_kind.PageSize - 1);
        int count = Math.Min(_staged, _kind.PageSize);
        // The last bytes are those that stay.
        for (int i = _staged - count; i < _staged; i++)
        {
            int within = (_firstStaged + i) & (_kind.PageSize - 1);
            _content[page + within] = _page[within];
        }

        _pointer = page + ((_firstStaged + _staged) & (_kind.PageSize - 1));
        _staged = 0;
        _busySince = Board.Time.GetTimestamp();
    }
}
