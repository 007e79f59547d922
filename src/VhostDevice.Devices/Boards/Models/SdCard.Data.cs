// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;

namespace VhostDevice.Devices.Boards.Models;

// Blocks of data, and what is erased.
public sealed partial class SdCard
{
    private const byte BeginsBlock = 0xfe;
    private const byte BeginsOneOfSeveral = 0xfc;
    private const byte EndsSeveral = 0xfd;

    // In place of a block that cannot be read.
    private const byte CannotRead = 0x01;
    private const byte IsOutside = 0x08;

    // Behind a block that was sent; the upper bits say nothing.
    private const byte Accepted = 0xe5;
    private const byte ChecksumRefused = 0xeb;
    private const byte WriteRefused = 0xed;

    private Transfers _reads;
    private Transfers _writes;
    private long _readAt;
    private long _writeAt;
    private uint _writtenBlocks;
    private long _eraseFrom;
    private long _eraseEnd;

    private enum Transfers : byte
    {
        None,
        One,
        Several,
    }

    // 0 when it is one; what R1 says otherwise.
    private byte FindAddress(int length, out long offset)
    {
        offset = _isHigh ? (long)Argument * SdContent.BlockSize : Argument;
        if (offset > _content.Size - length)
            return WrongParameter;
        // A part of a block is within it.
        bool fits = length == SdContent.BlockSize ? offset % SdContent.BlockSize == 0 : offset % SdContent.BlockSize + length <= SdContent.BlockSize;
        return fits ? (byte)0 : WrongAddress;
    }

    private void BeginReading(bool several, byte left)
    {
        StopTransfers();
        byte wrong = FindAddress(_blockLength, out _readAt);
        Respond((byte)(left | wrong));
        if (wrong != 0)
            return;
        _reads = several ? Transfers.Several : Transfers.One;
        AnswerBlock();
        if (!several)
            _reads = Transfers.None;
    }

    private void AnswerNextBlock()
    {
        BeginAnswer();
        AnswerBlock();
    }

    private void AnswerBlock()
    {
        if (_readAt > _content.Size - _blockLength)
        {
            Say(IsOutside);
            _reads = Transfers.None;
            return;
        }

        Say(Idles);
        Say(BeginsBlock);
        Span<byte> data = _answer.AsSpan(_answerEnd, _blockLength);
        if (!_content.TryRead(_readAt, data))
        {
            _answer[_answerEnd - 1] = CannotRead;
            _trouble |= Failure;
            _reads = Transfers.None;
            return;
        }

        _answerEnd += _blockLength;
        SayChecksum(data);
        _readAt += _blockLength;
    }

    private void SayData(ReadOnlySpan<byte> data)
    {
        Say(Idles);
        Say(BeginsBlock);
        data.CopyTo(_answer.AsSpan(_answerEnd));
        _answerEnd += data.Length;
        SayChecksum(data);
    }

    private void SayChecksum(ReadOnlySpan<byte> data)
    {
        BinaryPrimitives.WriteUInt16BigEndian(_answer.AsSpan(_answerEnd), SdChecksum.OfData(data));
        _answerEnd += ChecksumBytes;
    }

    private void BeginWriting(bool several, byte left)
    {
        StopTransfers();
        // Blocks are written whole.
        byte wrong = _blockLength != SdContent.BlockSize ? WrongParameter : FindAddress(SdContent.BlockSize, out _writeAt);
        Respond((byte)(left | wrong));
        if (wrong != 0)
            return;
        _writes = several ? Transfers.Several : Transfers.One;
        _writtenBlocks = 0;
    }

    private void TakeToken(byte value)
    {
        if (value == (_writes == Transfers.Several ? BeginsOneOfSeveral : BeginsBlock))
        {
            (_frameComes, _frameBytes) = (true, 0);
        }
        else if (value == EndsSeveral && _writes == Transfers.Several)
        {
            _writes = Transfers.None;
            BeginAnswer();
            Occupy();
        }
    }

    private void TakeData(byte value)
    {
        _frame[_frameBytes++] = value;
        if (_frameBytes < FrameBytes)
            return;
        _frameComes = false;
        _answerAt = _answerEnd = 0;
        ReadOnlySpan<byte> data = _frame.AsSpan(0, SdContent.BlockSize);
        if (_checks && BinaryPrimitives.ReadUInt16BigEndian(_frame.AsSpan(SdContent.BlockSize)) != SdChecksum.OfData(data))
        {
            Say(ChecksumRefused);
            EndOne();
            return;
        }

        if (!TryWrite(data))
        {
            Say(WriteRefused);
            EndOne();
            return;
        }

        _writeAt += SdContent.BlockSize;
        _writtenBlocks++;
        Say(Accepted);
        Occupy();
        EndOne();
    }

    // Of several the host ends the last itself.
    private void EndOne()
    {
        if (_writes == Transfers.One)
            _writes = Transfers.None;
    }

    private bool TryWrite(ReadOnlySpan<byte> data)
    {
        if (_writeProtect.Now)
            _trouble |= Protected;
        else if (_writeAt > _content.Size - SdContent.BlockSize || !_content.TryWrite(_writeAt, data))
            _trouble |= Failure;
        else
            return true;
        return false;
    }

    private void MarkForErasing(bool isLast)
    {
        byte wrong = FindAddress(SdContent.BlockSize, out long at);
        if (isLast && _eraseStart < 0)
            wrong = EraseSequence;
        Respond(wrong);
        if (wrong != 0)
            (_eraseStart, _eraseLast) = (-1, -1);
        else if (isLast)
            _eraseLast = at;
        else
            (_eraseStart, _eraseLast) = (at, -1);
    }

    private void BeginErasing()
    {
        (long start, long last) = (_eraseStart, _eraseLast);
        (_eraseStart, _eraseLast) = (-1, -1);
        byte wrong = start < 0 || last < 0 ? EraseSequence : last < start ? WrongParameter : (byte)0;
        Respond(wrong);
        if (wrong != 0)
            return;
        Occupy();
        if (_writeProtect.Now)
            _trouble |= Protected;
        else
            (_eraseFrom, _eraseEnd) = (start, last + SdContent.BlockSize);
    }

    // Some of it whenever the host looks: nobody waits for all of a large card.
    private void EraseOn()
    {
        if (_content.TryErase(ref _eraseFrom, _eraseEnd))
            return;
        _eraseFrom = _eraseEnd;
        _trouble |= Failure;
    }
}
