// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;

namespace VhostDevice.Devices.Boards.Models;

// What the card does when a command has come.
public sealed partial class SdCard
{
    // R1, the first byte of each answer.
    private const byte Idle = 0x01;
    private const byte EraseReset = 0x02;
    private const byte IllegalCommand = 0x04;
    private const byte WrongChecksum = 0x08;
    private const byte EraseSequence = 0x10;
    private const byte WrongAddress = 0x20;
    private const byte WrongParameter = 0x40;

    // The second byte of the answer to CMD13, kept until it is asked for.
    private const byte Failure = 0x04;
    private const byte Protected = 0x20;

    // The operation conditions: 2.7 to 3.6 V; addressed by blocks; ready.
    private const uint Voltages = 0x00ff8000;
    private const uint ByBlocks = 1u << 30;
    private const uint IsUp = 1u << 31;

    private const uint UsualVoltage = 1;

    private bool _speaks; // had its first CMD0, which says that this is SPI
    private bool _isReady;
    private bool _begins; // was asked to get ready once
    private bool _knowsVersion2; // the host does
    private bool _checks;
    private bool _application; // the next command is one of those
    private byte _trouble;
    private int _blockLength = SdContent.BlockSize;
    private long _eraseStart = -1;
    private long _eraseLast = -1;

    private uint Argument => BinaryPrimitives.ReadUInt32BigEndian(_command.AsSpan(1));

    private void PowerUp()
    {
        GoIdle();
        _speaks = false;
        _frameComes = false;
        _commandBytes = 0;
        _answerAt = _answerEnd = 0;
    }

    private void GoIdle()
    {
        StopTransfers();
        (_isReady, _begins, _knowsVersion2, _checks, _application) = (false, false, false, false, false);
        (_trouble, _blockLength) = (0, SdContent.BlockSize);
        (_eraseStart, _eraseLast) = (-1, -1);
        (_eraseFrom, _eraseEnd) = (0, 0);
        _busyFor = TimeSpan.Zero;
    }

    private void StopTransfers() => (_reads, _writes) = (Transfers.None, Transfers.None);

    private void Execute()
    {
        int index = _command[0] & 0x3f;
        // Until a host has said that it speaks SPI, a card believes to be on its other bus, where checksums are a must.
        bool mustBeRight = _checks || !_speaks || index is 0 or 8;
        bool isRight = _command[5] == SdChecksum.OfCommand(_command.AsSpan(0, 5));
        if (!_speaks && (index != 0 || !isRight))
            return;
        // At work it hears only whoever asks how it is, or ends everything.
        if (IsBusy && index is not (0 or 13))
            return;
        BeginAnswer();
        if (mustBeRight && !isRight)
        {
            Respond(WrongChecksum);
            return;
        }

        bool application = _application;
        _application = false;
        byte left = LeaveErasing(index, application);
        if (application)
            ExecuteApplication(index, left);
        else
            ExecutePlain(index, left);
    }

    // R1.
    private void Respond(byte flags = 0) => Say((byte)(flags | (_isReady ? 0 : Idle)));

    // A sequence of commands for erasing ends with any other command in between.
    private byte LeaveErasing(int index, bool application)
    {
        if (_eraseStart < 0 || (!application && index is 32 or 33 or 38 or 13))
            return 0;
        (_eraseStart, _eraseLast) = (-1, -1);
        return EraseReset;
    }

    private void ExecutePlain(int index, byte left)
    {
        switch (index)
        {
            case 0:
                GoIdle();
                _speaks = true;
                Respond();
                return;
            case 1:
                GetReady();
                return;
            case 8:
                _knowsVersion2 = true;
                Respond(left);
                Say(0);
                Say(0);
                Say((byte)((Argument >> 8 & 0xf) == UsualVoltage ? UsualVoltage : 0));
                Say((byte)Argument);
                return;
            case 55:
                _application = true;
                Respond(left);
                return;
            case 58:
                Respond(left);
                SayWord(Voltages | (_isReady ? IsUp : 0) | (_isReady && _isHigh ? ByBlocks : 0));
                return;
            case 59:
                _checks = (Argument & 1) != 0;
                Respond(left);
                return;
        }

        if (!_isReady)
        {
            Respond(IllegalCommand);
            return;
        }

        switch (index)
        {
            case 6:
                Span<byte> functions = stackalloc byte[SdRegisters.SwitchBytes];
                SdRegisters.Functions(Argument, functions);
                Respond(left);
                SayData(functions);
                break;
            case 9:
                Respond(left);
                SayData(SdRegisters.Describe(_content.Size, _isHigh, _writeProtect.Now));
                break;
            case 10:
                Respond(left);
                SayData(SdRegisters.Identify((uint)ChipSelect + 1));
                break;
            case 12:
                StopTransfers();
                Respond(left);
                Occupy();
                break;
            case 13:
                Respond(left);
                Say(_trouble);
                _trouble = 0;
                break;
            case 16:
                SetBlockLength(left);
                break;
            case 17 or 18:
                BeginReading(several: index == 18, left);
                break;
            case 24 or 25:
                BeginWriting(several: index == 25, left);
                break;
            case 32 or 33:
                MarkForErasing(isLast: index == 33);
                break;
            case 38:
                BeginErasing();
                break;
            default:
                Respond((byte)(left | IllegalCommand));
                break;
        }
    }

    private void ExecuteApplication(int index, byte left)
    {
        if (index == 41)
        {
            GetReady();
            return;
        }

        if (!_isReady)
        {
            Respond(IllegalCommand);
            return;
        }

        switch (index)
        {
            case 13:
                Respond(left);
                Say(0);
                SayData(SdRegisters.Status());
                break;
            case 22:
                Span<byte> written = stackalloc byte[4];
                BinaryPrimitives.WriteUInt32BigEndian(written, _writtenBlocks);
                Respond(left);
                SayData(written);
                break;
            case 23 or 42: // blocks to erase before, the pull-up of a line: nothing comes of it
                Respond(left);
                break;
            case 51:
                Respond(left);
                SayData(SdRegisters.Configure());
                break;
            default:
                Respond((byte)(left | IllegalCommand));
                break;
        }
    }

    // It takes a while: the first who asks is told to ask again. Cards of blocks get ready only for those who know them.
    private void GetReady()
    {
        bool suits = !_isHigh || (_knowsVersion2 && (Argument & ByBlocks) != 0);
        _isReady |= suits && _begins;
        _begins |= suits;
        Respond();
    }

    private void SetBlockLength(byte left)
    {
        bool can = Argument is > 0 and <= SdContent.BlockSize;
        if (can && !_isHigh)
            _blockLength = (int)Argument;
        Respond((byte)(left | (can ? 0 : WrongParameter)));
    }

    private void SayWord(uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(_answer.AsSpan(_answerEnd), value);
        _answerEnd += 4;
    }
}
