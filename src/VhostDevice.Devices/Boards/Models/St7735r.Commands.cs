// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Pictures;

namespace VhostDevice.Devices.Boards.Models;

// Its commands, and where pixels go.
public sealed partial class St7735r
{
    private const byte SoftReset = 0x01;
    private const byte SleepIn = 0x10;
    private const byte SleepOut = 0x11;
    private const byte InversionOff = 0x20;
    private const byte InversionOn = 0x21;
    private const byte DisplayOff = 0x28;
    private const byte DisplayOn = 0x29;
    private const byte SetColumns = 0x2a;
    private const byte SetRows = 0x2b;
    private const byte WriteMemory = 0x2c;
    private const byte SetOrder = 0x36;
    private const byte SetFormat = 0x3a;

    // Of the order: rows and columns mirrored, exchanged; blue comes first.
    private const byte MirrorRows = 0x80;
    private const byte MirrorColumns = 0x40;
    private const byte Exchanged = 0x20;
    private const byte BlueFirst = 0x08;

    // Bits of a pixel.
    private const byte Format12 = 3;
    private const byte Format16 = 5;
    private const byte Format18 = 6;

    private readonly byte[] _data = new byte[4]; // of a command, or of pixels that are not complete
    private byte _command;
    private int _dataCount;
    private bool _sleeps;
    private bool _inverted;
    private byte _order;
    private byte _format;
    private int _left, _right, _top, _bottom; // the window
    private int _x, _y; // the next pixel in it

    private bool IsOn => _on.Now && !_sleeps;

    private int Columns => (_order & Exchanged) == 0 ? Width : Height;

    private int Rows => (_order & Exchanged) == 0 ? Height : Width;

    // What is in the memory stays.
    private void Restart()
    {
        (_command, _dataCount) = (0, 0);
        (_sleeps, _inverted, _order, _format) = (true, false, 0, Format18);
        (_left, _right, _top, _bottom) = (0, Width - 1, 0, Height - 1);
        (_x, _y) = (0, 0);
        _on.Value = false;
    }

    private void TakeCommand(byte command)
    {
        (_command, _dataCount) = (command, 0);
        switch (command)
        {
            case SoftReset:
                Restart();
                break;
            case SleepIn or SleepOut:
                _sleeps = command == SleepIn;
                break;
            case InversionOff or InversionOn:
                _inverted = command == InversionOn;
                break;
            case DisplayOff or DisplayOn:
                _on.Value = command == DisplayOn;
                break;
            case WriteMemory:
                (_x, _y) = (_left, _top);
                break;
            default:
                break; // what data follows to, or nothing that shows
        }
    }

    private void TakeData(byte value)
    {
        if (_command == WriteMemory)
        {
            _data[_dataCount++] = value;
            TakePixels();
            return;
        }

        if (_dataCount == _data.Length)
            return;
        _data[_dataCount++] = value;
        switch (_command)
        {
            case SetColumns when _dataCount == 4:
                (_left, _right) = Range();
                break;
            case SetRows when _dataCount == 4:
                (_top, _bottom) = Range();
                break;
            case SetOrder when _dataCount == 1:
                _order = value;
                break;
            case SetFormat when _dataCount == 1:
                _format = (byte)(value & 7);
                break;
            default:
                break; // not complete, or of no interest
        }
    }

    private (int First, int Last) Range() => (_data[0] << 8 | _data[1], _data[2] << 8 | _data[3]);

    private void TakePixels()
    {
        switch (_format)
        {
            case Format16 when _dataCount == 2:
                int pixel = _data[0] << 8 | _data[1];
                Put(Widen(pixel >> 11, 5), Widen(pixel >> 5 & 63, 6), Widen(pixel & 31, 5));
                break;
            case Format12 when _dataCount == 3:
                Put(Widen(_data[0] >> 4, 4), Widen(_data[0] & 15, 4), Widen(_data[1] >> 4, 4));
                Put(Widen(_data[1] & 15, 4), Widen(_data[2] >> 4, 4), Widen(_data[2] & 15, 4));
                break;
            case Format18 when _dataCount == 3:
                Put(Widen(_data[0] >> 2, 6), Widen(_data[1] >> 2, 6), Widen(_data[2] >> 2, 6));
                break;
            case Format12 or Format16 or Format18:
                return; // not complete
            default:
                break; // no format
        }

        _dataCount = 0;
    }

    // The brightest is white: what a colour lacks in bits are its own highest ones.
    private static byte Widen(int value, int bits) => (byte)(value << (8 - bits) | value >> (2 * bits - 8));

    private void Put(byte first, byte second, byte third)
    {
        // A window may reach beyond the panel; there is no memory.
        if (_x < Columns && _y < Rows)
        {
            (int column, int row) = (_order & Exchanged) == 0 ? (_x, _y) : (_y, _x);
            if ((_order & MirrorColumns) != 0)
                column = Width - 1 - column;
            if ((_order & MirrorRows) != 0)
                row = Height - 1 - row;
            bool blueFirst = (_order & BlueFirst) != 0;
            _memory ??= new byte[MemoryBytes];
            Span<byte> place = _memory.AsSpan((row * Width + column) * PngFile.PixelBytes, PngFile.PixelBytes);
            (place[0], place[1], place[2]) = blueFirst ? (third, second, first) : (first, second, third);
        }

        // From the end of a line to the next, and from the last to the first.
        if (_x++ < _right)
            return;
        _x = _left;
        if (_y++ >= _bottom)
            _y = _top;
    }
}
