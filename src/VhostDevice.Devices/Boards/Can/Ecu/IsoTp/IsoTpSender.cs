// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Boards.Can.Ecu.IsoTp;

/// <summary>Cuts a message into frames, and sends them as the other side's flow controls allow.</summary>
internal sealed class IsoTpSender(IsoTpSettings settings)
{
    /// <summary>Longest wait for a flow control (N_Bs).</summary>
    internal const long Patience = TimeSpan.TicksPerSecond;

    /// <summary>How often in a row the other side may ask to wait.</summary>
    internal const int MaxWaits = 16;

    private const int MaxShortLength = 0xFFF;
    private const int ShortFrame = 8;

    private byte[] _message = [];
    private int _sent;
    private int _inFrame;
    private int _blockLeft;
    private int _waits;
    private byte _next;
    private long _pause;
    private long _notBefore;
    private long _giveUp = long.MaxValue;
    private State _state;

    private enum State
    {
        Idle,
        Begin,
        AwaitFlow,
        Continue,
    }

    internal bool IsSending => _state != State.Idle;

    /// <summary>When it has something to do unasked; <see cref="long.MaxValue"/>: never.</summary>
    internal long Due => _state switch
    {
        State.AwaitFlow => _giveUp,
        State.Continue or State.Begin => _notBefore,
        _ => long.MaxValue,
    };

    private int FrameLength => settings.IsFd ? CanFrame.MaxLength : ShortFrame;

    /// <summary>Begins with a message, instead of the one before if that is not finished.</summary>
    internal void Begin(byte[] message)
    {
        _message = message;
        _sent = 0;
        _notBefore = long.MinValue;
        _state = State.Begin;
    }

    internal void End()
    {
        _state = State.Idle;
        _message = [];
    }

    /// <summary>Gives up when the other side has been silent for too long.</summary>
    internal void Expire(long now)
    {
        if (_state == State.AwaitFlow && now >= _giveUp)
            End();
    }

    /// <summary>A flow control of the other side; one that makes no sense now is passed over.</summary>
    internal void TakeFlow(ReadOnlySpan<byte> data, long now)
    {
        if (_state != State.AwaitFlow || data.Length < 3)
            return;
        switch ((IsoTpFlow)(data[0] & 0xF))
        {
            case IsoTpFlow.Continue:
                _blockLeft = data[1] == 0 ? int.MaxValue : data[1];
                _pause = SeparationTime(data[2]);
                _waits = 0;
                _notBefore = now;
                _state = State.Continue;
                break;
            case IsoTpFlow.Wait when ++_waits <= MaxWaits:
                _giveUp = now + Patience;
                break;
            default:
                End();
                break;
        }
    }

    /// <summary>The frame that may be sent now.</summary>
    internal bool TryPeek(long now, out CanFrame frame)
    {
        frame = default;
        if (_state is not (State.Begin or State.Continue) || now < _notBefore)
            return false;
        Span<byte> data = stackalloc byte[CanFrame.MaxLength];
        int room = FrameLength - settings.Prefix;
        int head = _state == State.Begin ? Head(data, room) : 1;
        if (_state == State.Continue)
            data[0] = (byte)(0x20 | _next);
        _inFrame = Math.Min(room - head, _message.Length - _sent);
        _message.AsSpan(_sent, _inFrame).CopyTo(data[head..]);
        frame = Frame(settings, data[..(head + _inFrame)]);
        return true;
    }

    /// <summary>The frame was sent.</summary>
    internal void Advance(long now)
    {
        bool wasFirst = _state == State.Begin;
        _sent += _inFrame;
        if (_sent == _message.Length)
        {
            End();
            return;
        }

        _next = wasFirst ? (byte)1 : (byte)((_next + 1) & 0xF);
        if (wasFirst || --_blockLeft == 0)
        {
            _waits = 0;
            _giveUp = now + Patience;
            _state = State.AwaitFlow;
        }
        else
        {
            _notBefore = now + _pause;
        }
    }

    /// <summary>A frame of the ECU, filled up to a length that frames have.</summary>
    /// <param name="data">Without the address.</param>
    internal static CanFrame Frame(IsoTpSettings settings, ReadOnlySpan<byte> data)
    {
        int length = data.Length + settings.Prefix;
        int full = length switch
        {
            <= 8 => 8,
            <= 12 => 12,
            <= 16 => 16,
            <= 20 => 20,
            <= 24 => 24,
            <= 32 => 32,
            <= 48 => 48,
            _ => 64,
        };
        CanFrame frame = new(settings.Response, full, settings.Response > IsoTpSettings.MaxStandardId, isFd: settings.IsFd);
        frame.Data.Fill(settings.Padding);
        if (settings.ResponseAddress is { } address)
            frame.Data[0] = address;
        data.CopyTo(frame.Data[settings.Prefix..]);
        return frame;
    }

    /// <summary>The pause that a byte stands for, in ticks of 100 ns; reserved values stand for the longest.</summary>
    internal static long SeparationTime(byte encoded) => encoded switch
    {
        <= 0x7F => encoded * TimeSpan.TicksPerMillisecond,
        >= 0xF1 and <= 0xF9 => (encoded - 0xF0) * 100 * TimeSpan.TicksPerMicrosecond,
        _ => 0x7F * TimeSpan.TicksPerMillisecond,
    };

    // Of a single or first frame; returns its length.
    private int Head(Span<byte> data, int room)
    {
        int length = _message.Length;
        if (length <= ShortFrame - settings.Prefix - 1)
        {
            data[0] = (byte)length;
            return 1;
        }

        if (settings.IsFd && length <= room - 2)
        {
            data[0] = 0;
            data[1] = (byte)length;
            return 2;
        }

        if (length <= MaxShortLength)
        {
            BinaryPrimitives.WriteUInt16BigEndian(data, (ushort)(0x1000 | length));
            return 2;
        }

        BinaryPrimitives.WriteUInt16BigEndian(data, 0x1000);
        BinaryPrimitives.WriteUInt32BigEndian(data[2..], (uint)length);
        return 6;
    }
}
