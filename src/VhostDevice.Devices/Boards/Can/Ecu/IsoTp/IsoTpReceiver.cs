// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;

namespace VhostDevice.Devices.Boards.Can.Ecu.IsoTp;

/// <summary>
/// Puts the frames of a message together. Whatever comes out of order ends the message that was being received, and the
/// next first or single frame begins another one.
/// </summary>
internal sealed class IsoTpReceiver(IsoTpSettings settings)
{
    /// <summary>Longest wait for a consecutive frame (N_Cr).</summary>
    internal const long Patience = TimeSpan.TicksPerSecond;

    private const int ShortFrame = 8;
    private const int MaxShortLength = 0xFFF;
    private const int FirstRoom = 4096;

    private byte[] _message = [];
    private int _length;
    private int _got;
    private int _frameLength;
    private int _blockLeft;
    private byte _next;

    internal bool IsReceiving { get; private set; }

    /// <summary>The flow control that waits to be sent.</summary>
    internal IsoTpFlow? Flow { get; set; }

    /// <summary>When the message is given up; <see cref="long.MaxValue"/>: never.</summary>
    internal long Due { get; private set; } = long.MaxValue;

    internal void End()
    {
        IsReceiving = false;
        Due = long.MaxValue;
        // What was long is not kept.
        if (_message.Length > FirstRoom)
            _message = [];
    }

    /// <summary>A single, first or consecutive frame.</summary>
    /// <param name="data">Of the frame, without the address.</param>
    /// <param name="isFunctional">Such requests are single frames, and do not disturb the others.</param>
    /// <returns>The message, when it is complete now; empty: it is not.</returns>
    internal ReadOnlyMemory<byte> Take(ReadOnlySpan<byte> data, bool isFunctional, long now)
    {
        if (data.IsEmpty)
            return default;
        switch (data[0] >> 4)
        {
            case 0:
                return Single(data, isFunctional);
            case 1 when !isFunctional:
                First(data, now);
                return default;
            case 2 when !isFunctional:
                return Consecutive(data, now);
            default:
                return default;
        }
    }

    private ReadOnlyMemory<byte> Single(ReadOnlySpan<byte> data, bool isFunctional)
    {
        int length = data[0] & 0xF;
        int at = 1;
        if (data.Length + settings.Prefix > ShortFrame)
        {
            // A long frame has its length in the second byte.
            if (length != 0)
                return default;
            length = data[1];
            at = 2;
        }

        if (length == 0 || length > data.Length - at)
            return default;
        if (!isFunctional)
            End();
        return data.Slice(at, length).ToArray();
    }

    private void First(ReadOnlySpan<byte> data, long now)
    {
        // A message that needs one has no shorter first frame.
        if (data.Length + settings.Prefix < ShortFrame)
            return;
        long length = BinaryPrimitives.ReadUInt16BigEndian(data) & MaxShortLength;
        int at = 2;
        if (length == 0)
        {
            length = BinaryPrimitives.ReadUInt32BigEndian(data[2..]);
            at = 6;
            if (length <= MaxShortLength)
                return;
        }

        // What fits into a single frame must come in one.
        int single = data.Length + settings.Prefix > ShortFrame ? data.Length - 2 : data.Length - 1;
        if (length <= single)
            return;
        End();
        if (length > IsoTpSettings.MaxLength)
        {
            Flow = IsoTpFlow.Overflow;
            return;
        }

        IsReceiving = true;
        _length = (int)length;
        _got = 0;
        _frameLength = data.Length;
        _next = 1;
        _blockLeft = settings.BlockSize;
        Add(data[at..]);
        Flow = IsoTpFlow.Continue;
        Due = now + Patience;
    }

    private ReadOnlyMemory<byte> Consecutive(ReadOnlySpan<byte> data, long now)
    {
        if (!IsReceiving)
            return default;
        int more = Math.Min(_frameLength - 1, _length - _got);
        if ((data[0] & 0xF) != _next || data.Length - 1 < more)
        {
            End();
            return default;
        }

        _next = (byte)((_next + 1) & 0xF);
        Add(data.Slice(1, more));
        if (_got == _length)
        {
            ReadOnlyMemory<byte> message = _message.AsMemory(0, _length);
            End();
            return message;
        }

        Due = now + Patience;
        if (settings.BlockSize > 0 && --_blockLeft == 0)
        {
            _blockLeft = settings.BlockSize;
            Flow = IsoTpFlow.Continue;
        }

        return default;
    }

    // Room grows with what comes, not with what was announced.
    private void Add(ReadOnlySpan<byte> data)
    {
        if (_got + data.Length > _message.Length)
            Array.Resize(ref _message, Math.Max(FirstRoom, 2 * (_got + data.Length)));
        data.CopyTo(_message.AsSpan(_got));
        _got += data.Length;
    }
}

/// <summary>The status of a flow control.</summary>
internal enum IsoTpFlow
{
    Continue = 0,
    Wait = 1,
    Overflow = 2,
}
