// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards.Spi;
using VhostDevice.Devices.Boards.Wiring;

namespace VhostDevice.Devices.Boards.Models;

/// <summary>
/// A memory card in its SPI mode (SD physical layer §7): SDSC up to 2 GiB, SDHC and SDXC beyond. It identifies itself, and reads,
/// writes and erases blocks, with checksums where the host asks for them. Passwords, groups of write protection, I/O functions
/// and other speeds are left out.
/// </summary>
/// <remarks>
/// A command is heard whenever no block of data is coming in, also in the middle of an answer, which it ends. What the card was
/// asked for outlives its selection; half a command and half a block of data do not.
/// </remarks>
public sealed partial class SdCard : SpiPart
{
    private const byte Idles = 0xff;
    private const byte Works = 0x00;
    private const int CommandBytes = 6;
    private const int ChecksumBytes = 2;
    private const int FrameBytes = SdContent.BlockSize + ChecksumBytes;

    private readonly SdContent _content;
    private readonly bool _isHigh;
    private readonly SwitchParameter _writeProtect;
    private readonly NumberParameter _busy;
    private readonly Pin _detect;
    private readonly Pin _protect;

    private readonly byte[] _command = new byte[CommandBytes];
    private readonly byte[] _frame = new byte[FrameBytes]; // of data that comes
    private readonly byte[] _answer = new byte[16 + FrameBytes];
    private int _commandBytes;
    private int _frameBytes;
    private int _answerAt;
    private int _answerEnd;
    private bool _frameComes;
    private long _busySince;
    private TimeSpan _busyFor;

    /// <summary>A card that is forgotten when its board ends.</summary>
    /// <param name="size">In bytes, a multiple of 512 KiB.</param>
    /// <inheritdoc cref="SpiPart(Board, string, string?, int)"/>
    public SdCard(Board board, long size, string? name = null, int chipSelect = 0)
        : this(board, SdContent.InMemory(size), name, chipSelect, size > SdRegisters.MostOfStandard)
    {
    }

    /// <param name="content">The card owns it.</param>
    /// <param name="high">Whether it is addressed by blocks; a card of more than 2 GiB has to be.</param>
    internal SdCard(Board board, SdContent content, string? name, int chipSelect, bool high)
        : base(board, "sd", name, chipSelect)
    {
        _content = content;
        _isHigh = high;
        _writeProtect = Parameter(new SwitchParameter("write-protect", false, changed: Signal));
        _busy = Parameter(new NumberParameter("busy", "ms", 0, 500, 0));
        _detect = AddPin("cd");
        _protect = AddPin("wp");
        Signal();
    }

    /// <summary>The switch at its side: nothing is written or erased.</summary>
    public SwitchParameter WriteProtect => _writeProtect;

    /// <summary>How long it works after each block that was written, in milliseconds.</summary>
    public NumberParameter Busy => _busy;

    public override void Dispose()
    {
        _content.Dispose();
        base.Dispose();
    }

    // Whatever follows may come under another selection.
    protected override bool IsOver => _commandBytes == 0 && !_frameComes && _answerAt == _answerEnd;

    protected override void Select()
    {
    }

    protected override void Exchange(ReadOnlySpan<byte> sent, Span<byte> received)
    {
        if (_eraseFrom < _eraseEnd)
            EraseOn();
        base.Exchange(sent, received);
    }

    protected override byte Exchange(byte sent)
    {
        byte received = Next();
        if (_frameComes)
            TakeData(sent);
        else if (_commandBytes > 0 || (sent & 0xc0) == 0x40)
            TakeCommand(sent);
        else if (_writes != Transfers.None && !IsBusy)
            TakeToken(sent);
        return received;
    }

    protected override void Deselect()
    {
        _commandBytes = 0;
        _frameComes = false;
    }

    private bool IsBusy => _eraseFrom < _eraseEnd
        || (_busyFor > TimeSpan.Zero && Board.Time.GetElapsedTime(_busySince) < _busyFor);

    private byte Next()
    {
        if (_answerAt == _answerEnd && _reads == Transfers.Several)
            AnswerNextBlock();
        return _answerAt < _answerEnd ? _answer[_answerAt++] : IsBusy ? Works : Idles;
    }

    // A byte passes between a command and its answer.
    private void BeginAnswer()
    {
        _answerAt = _answerEnd = 0;
        Say(Idles);
    }

    private void Say(byte value) => _answer[_answerEnd++] = value;

    private void Occupy()
    {
        Say(Works);
        _busySince = Board.Time.GetTimestamp();
        _busyFor = TimeSpan.FromMilliseconds(_busy.Now);
    }

    private void TakeCommand(byte value)
    {
        _command[_commandBytes++] = value;
        if (_commandBytes < CommandBytes)
            return;
        _commandBytes = 0;
        Execute();
    }

    // To its host it is another card now, with which to begin from the start.
    protected override void OnPlugged()
    {
        PowerUp();
        Signal();
    }

    // The socket's contacts: low when a card is there, high when it must not be written.
    private void Signal()
    {
        _detect.Drive = Connected.Now ? PinDrive.Low : PinDrive.Floating;
        _protect.Drive = _writeProtect.Now ? PinDrive.High : PinDrive.Low;
    }
}
