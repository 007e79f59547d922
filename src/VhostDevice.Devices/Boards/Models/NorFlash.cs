// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards.Spi;

namespace VhostDevice.Devices.Boards.Models;

/// <summary>
/// W25Q16 to W25Q256: flash memory on an SPI bus. It is read at any place, programmed by pages of 256 bytes, which only clears
/// bits, and erased by sectors and blocks. Programming and erasing need a write enable before and take their time, in which
/// only the status can be read. Suspending, security registers, locks of single blocks and reads on several lines are left out.
/// </summary>
public sealed partial class NorFlash : SpiPart
{
    internal const byte Erased = 0xff;

    private const byte MakerId = 0xef;
    private const byte MemoryType = 0x40;
    private const byte NothingDriven = 0xff;
    private const int SerialBytes = 8;

    private readonly NorKind _kind;
    private readonly NorContent _content;
    private readonly byte[] _description;
    private readonly byte[] _page = new byte[NorKind.PageSize];
    private readonly byte[] _written = new byte[2]; // to registers
    private readonly SwitchParameter _writeProtect;
    private readonly SwitchParameter _instant;

    private NorCommand? _command;
    private bool _opcodeComes;
    private int _addressLeft;
    private int _dummyLeft;
    private int _address;
    private int _dataCount; // bytes of data so far, as far as it matters

    /// <inheritdoc cref="SpiPart(Board, string, string?, int)"/>
    public NorFlash(Board board, NorKind kind, string? name = null, int chipSelect = 0)
        : this(board, kind, name, chipSelect, new NorContent(kind.Size))
    {
    }

    /// <param name="content">The chip owns it.</param>
    internal NorFlash(Board board, NorKind kind, string? name, int chipSelect, NorContent content)
        : base(board, kind.Name, name, chipSelect)
    {
        _kind = kind;
        _content = content;
        _description = kind.Describe();
        _writeProtect = Parameter(new SwitchParameter("write-protect", false));
        _instant = Parameter(new SwitchParameter("instant", false));
    }

    /// <summary>Whether pin WP is low: with SRP0, the status registers cannot be written.</summary>
    public SwitchParameter WriteProtect => _writeProtect;

    /// <summary>Whether programming and erasing take no time.</summary>
    public SwitchParameter Instant => _instant;

    /// <summary>Copies content out. From any thread.</summary>
    public void Read(int offset, Span<byte> target)
    {
        lock (Board.Gate)
            _content.Read(offset, target);
    }

    /// <summary>Puts content in, as a programmer does: at once. From any thread.</summary>
    public void Write(int offset, ReadOnlySpan<byte> source)
    {
        lock (Board.Gate)
            _content.Write(offset, source);
    }

    public override void Dispose()
    {
        _content.Dispose();
        base.Dispose();
    }

    // After its data, after an opcode with nothing behind it, and after one that nobody knows.
    protected override bool IsOver =>
        !_opcodeComes && (_command is null || IsWakeUpAlone || (IsHeadOver && (_dataCount > 0 || (!_command.Reads && !_command.Writes))));

    private bool IsHeadOver => _addressLeft == 0 && _dummyLeft == 0;

    // Who only wakes it up sends nothing behind the opcode.
    private bool IsWakeUpAlone => _command is { Does: NorDeed.WakeUp } && _dummyLeft == _command.Dummy;

    protected override void Select()
    {
        _command = null;
        _opcodeComes = true;
        _addressLeft = _dummyLeft = _address = _dataCount = 0;
    }

    protected override void Exchange(ReadOnlySpan<byte> sent, Span<byte> received)
    {
        int length = Math.Max(sent.Length, received.Length);
        int at = 0;
        while (at < length && (_opcodeComes || (_command is not null && !IsHeadOver)))
        {
            TakeHead(sent.IsEmpty ? (byte)0 : sent[at]);
            if (!received.IsEmpty)
                received[at] = NothingDriven;
            at++;
        }

        if (at == length)
            return;
        // The rest is data.
        if (_command is { Reads: true })
        {
            if (received.IsEmpty)
                Skip(length - at);
            else
                ReadData(received[at..]);
            return;
        }

        if (!received.IsEmpty)
            received[at..].Fill(NothingDriven);
        if (_command is { Writes: true })
        {
            for (; at < length; at++)
                TakeData(sent.IsEmpty ? (byte)0 : sent[at]);
        }
    }

    protected override byte Exchange(byte sent)
    {
        byte received = NothingDriven;
        Exchange(new ReadOnlySpan<byte>(in sent), new Span<byte>(ref received));
        return received;
    }

    protected override void Deselect()
    {
        // Half a command is none; nor is one whose data should have come.
        if (_command is { } command && (IsWakeUpAlone || (IsHeadOver && (!command.Writes || _dataCount > 0))))
            Execute(command);
        _command = null;
    }

    private void TakeHead(byte value)
    {
        if (_opcodeComes)
        {
            _opcodeComes = false;
            NorCommand? command = NorCommand.Of(value);
            if (command is null || !CanBegin(command))
                return;
            _command = command;
            _addressLeft = command.Address == NorCommand.ByMode ? (_longAddresses ? 4 : 3) : command.Address;
            _address = _addressLeft == 3 && command.Address == NorCommand.ByMode ? _addressRegister : 0;
            _dummyLeft = command.Dummy;
        }
        else if (_addressLeft > 0)
        {
            _addressLeft--;
            _address = (_address << 8) | value;
            if (_addressLeft == 0)
                _address &= _kind.Size - 1;
        }
        else
        {
            _dummyLeft--;
        }
    }

    private void TakeData(byte value)
    {
        if (_command!.Does == NorDeed.Program)
        {
            // More than a page overwrites what came first.
            if (_dataCount == 0)
                _page.AsSpan().Fill(Erased);
            _page[(_address + _dataCount) & (NorKind.PageSize - 1)] = value;
            // Counting on from a page says the same.
            _dataCount = _dataCount == 2 * NorKind.PageSize - 1 ? NorKind.PageSize : _dataCount + 1;
        }
        else if (_dataCount < _written.Length)
        {
            _written[_dataCount++] = value;
        }
    }

    private void ReadData(Span<byte> target)
    {
        if (_command!.Does == NorDeed.ReadMemory)
        {
            while (!target.IsEmpty)
            {
                int n = Math.Min(target.Length, _kind.Size - _address);
                _content.Read(_address, target[..n]);
                target = target[n..];
                Skip(n);
            }

            return;
        }

        foreach (ref byte b in target)
        {
            b = Say(_command.Does, _address, _dataCount);
            Skip(1);
        }
    }

    private void Skip(int bytes)
    {
        if (_command!.Does is NorDeed.ReadMemory or NorDeed.ReadDescription)
            _address = (_address + bytes) & (_kind.Size - 1);
        _dataCount = (_dataCount + bytes) & int.MaxValue;
        if (_dataCount == 0)
            _dataCount = 1;
    }

    private byte Say(NorDeed what, int address, int at) => what switch
    {
        NorDeed.ReadDescription => address < NorKind.DescriptionSize ? _description[address] : Erased,
        NorDeed.ReadIdentity => (at % 3) switch { 0 => MakerId, 1 => MemoryType, _ => _kind.SizeCode },
        NorDeed.ReadMaker => ((at + address) & 1) == 0 ? MakerId : DeviceId,
        NorDeed.WakeUp => DeviceId,
        NorDeed.ReadSerial => (byte)(at % SerialBytes == 0 ? 0xe4 : _kind.SizeCode + at % SerialBytes),
        NorDeed.ReadStatus1 => Status1,
        NorDeed.ReadStatus2 => _status2,
        NorDeed.ReadStatus3 => Status3,
        NorDeed.ReadAddressRegister => _addressRegister,
        _ => NothingDriven,
    };

    private byte DeviceId => (byte)(_kind.SizeCode - 1);
}
