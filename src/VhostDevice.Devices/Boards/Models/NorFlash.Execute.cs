// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Boards.Models;

// What commands do once the chip select rises, and the registers.
public sealed partial class NorFlash
{
    // Status register 1; bits 2 to 4 (on the largest chip to 5) are what is protected.
    private const byte Busy = 0x01;
    private const byte Latch = 0x02;
    private const byte Writable1 = 0xfc;
    private const byte StatusProtect = 0x80;
    private const int ProtectedShift = 2;

    // Status register 2.
    private const byte QuadEnable = 0x02;
    private const byte Complement = 0x40;
    private const byte Writable2 = QuadEnable | Complement;

    // Status register 3: address mode now, and after a reset; the strength of outputs.
    private const byte AddressMode = 0x01;
    private const byte AddressModeAtReset = 0x02;
    private const byte Strength = 0x60;

    private byte _status1; // without busy and latch
    private byte _status2;
    private byte _status3; // without the address mode
    private byte _kept1, _kept2, _kept3; // what a reset brings back
    private byte _addressRegister;
    private bool _longAddresses;
    private bool _latch;
    private bool _volatileStatus;
    private bool _isDown;
    private bool _resetEnabled;
    private long _busySince;
    private TimeSpan _busyFor;

    private bool IsBusy => _busyFor > TimeSpan.Zero && Board.Time.GetElapsedTime(_busySince) < _busyFor;

    private byte Status1 => (byte)(_status1 | (_latch ? Latch : 0) | (IsBusy ? Busy : 0));

    private byte Status3 => (byte)(_status3 | (_longAddresses ? AddressMode : 0));

    private bool CanBegin(NorCommand command)
    {
        if (_isDown)
            return command.Does == NorDeed.WakeUp;
        if (IsBusy)
            return command.IsStatus;
        bool isAboutLongAddresses = command.Address == 4
            || command.Does is NorDeed.UseLongAddresses or NorDeed.UseShortAddresses
            or NorDeed.ReadAddressRegister or NorDeed.WriteAddressRegister;
        return !isAboutLongAddresses || _kind.HasLongAddresses;
    }

    private void Execute(NorCommand command)
    {
        bool resetEnabled = _resetEnabled;
        _resetEnabled = false;
        if (command.NeedsLatch)
        {
            if (_latch || (_volatileStatus && command.WritesStatus))
                Change(command);
            return;
        }

        switch (command.Does)
        {
            case NorDeed.EnableWrites:
                _latch = true;
                break;
            case NorDeed.DisableWrites:
                _latch = _volatileStatus = false;
                break;
            case NorDeed.EnableVolatileStatus:
                _volatileStatus = true;
                break;
            case NorDeed.UseLongAddresses or NorDeed.UseShortAddresses:
                _longAddresses = command.Does == NorDeed.UseLongAddresses;
                break;
            case NorDeed.PowerDown:
                _isDown = true;
                break;
            case NorDeed.WakeUp:
                _isDown = false;
                break;
            case NorDeed.EnableReset:
                _resetEnabled = true;
                break;
            case NorDeed.Reset when resetEnabled:
                Reset();
                break;
            default:
                break; // reads
        }
    }

    // Behind a write enable, which is used up.
    private void Change(NorCommand command)
    {
        bool kept = _latch;
        _latch = _volatileStatus = false;
        switch (command.Does)
        {
            case NorDeed.Program:
                Program();
                break;
            case NorDeed.Erase:
                Erase(command.Length == 0 ? _kind.Size : command.Length);
                break;
            case NorDeed.WriteAddressRegister:
                _addressRegister = (byte)(_written[0] & ((_kind.Size >> 24) - 1));
                break;
            default:
                WriteStatus(command.Does, kept);
                break;
        }
    }

    private void Program()
    {
        int page = _address & ~(NorKind.PageSize - 1);
        if (IsProtected(page, NorKind.PageSize))
            return;
        _content.Program(page, _page);
        Occupy(NorKind.ProgramTime);
    }

    private void Erase(int length)
    {
        int start = _address & ~(length - 1);
        if (IsProtected(start, length))
            return;
        _content.Erase(start, length);
        Occupy(_kind.EraseTime(length));
    }

    private void WriteStatus(NorDeed which, bool kept)
    {
        if ((_status1 & StatusProtect) != 0 && _writeProtect.Now && (_status2 & QuadEnable) == 0)
            return;
        switch (which)
        {
            case NorDeed.WriteStatus1:
                _status1 = (byte)(_written[0] & Writable1);
                if (_dataCount > 1)
                    _status2 = (byte)(_written[1] & Writable2);
                break;
            case NorDeed.WriteStatus2:
                _status2 = (byte)(_written[0] & Writable2);
                break;
            default:
                _status3 = (byte)(_written[0] & (Strength | (_kind.HasLongAddresses ? AddressModeAtReset : 0)));
                break;
        }

        if (!kept)
            return;
        (_kept1, _kept2, _kept3) = (_status1, _status2, _status3);
        Occupy(NorKind.StatusTime);
    }

    private void Reset()
    {
        (_status1, _status2, _status3) = (_kept1, _kept2, _kept3);
        _longAddresses = (_status3 & AddressModeAtReset) != 0;
        _addressRegister = 0;
        _latch = _volatileStatus = false;
    }

    private void Occupy(TimeSpan time)
    {
        _busySince = Board.Time.GetTimestamp();
        _busyFor = _instant.Now ? TimeSpan.Zero : time;
    }

    // The part that the block protect bits say, from the top down, or from the bottom up.
    private bool IsProtected(int start, int length)
    {
        bool isLarge = _kind.HasLongAddresses;
        int bits = _status1 >> ProtectedShift & (isLarge ? 15 : 7);
        bool bottom = (_status1 >> (isLarge ? 6 : 5) & 1) != 0;
        bool sectors = !isLarge && (_status1 & 0x40) != 0;
        int size = bits == 0 ? 0
            : sectors ? (bits == 7 ? _kind.Size : Math.Min(NorKind.SectorSize << (bits - 1), NorKind.HalfBlockSize))
            : !isLarge && bits == 7 ? _kind.Size
            // One step is a 64th of the chip, and a block at least.
            : (int)Math.Min((long)(isLarge ? NorKind.BlockSize : Math.Max(_kind.Size / 64, NorKind.BlockSize)) << (bits - 1), _kind.Size);
        bool inverted = (_status2 & Complement) != 0;
        (int from, int to) = (bottom != inverted) ? (0, inverted ? _kind.Size - size : size) : (inverted ? size : _kind.Size - size, _kind.Size);
        return start < to && start + length > from;
    }
}
