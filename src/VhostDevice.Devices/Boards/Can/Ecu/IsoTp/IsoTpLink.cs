// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Boards.Can.Ecu.IsoTp;

/// <summary>
/// One tester's way to an ECU: requests come in, answers go out. It does nothing by itself: it is given frames and the
/// time, and asked for the frame to send next. Times are in ticks of 100 ns.
/// </summary>
/// <param name="received">Gets a request, whose memory is good until it returns, and whether several ECUs got it.</param>
internal sealed class IsoTpLink(IsoTpSettings settings, Action<ReadOnlyMemory<byte>, bool> received)
{
    private const int FlowControl = 3;

    private readonly IsoTpReceiver _receiver = new(settings);
    private readonly IsoTpSender _sender = new(settings);

    /// <summary>Whether a message is on its way, in or out.</summary>
    internal bool IsBusy => _receiver.IsReceiving || _sender.IsSending;

    internal bool IsSending => _sender.IsSending;

    /// <summary>When it has something to do unasked; <see cref="long.MaxValue"/>: never.</summary>
    internal long Due => Math.Min(_receiver.Due, _sender.Due);

    /// <summary>A frame of the bus.</summary>
    /// <returns>Whether it was for this link.</returns>
    internal bool Take(CanFrame frame, long now)
    {
        if (!settings.IsRequest(ref frame, out bool isFunctional))
            return false;
        Expire(now);
        ReadOnlySpan<byte> data = frame.Data[settings.Prefix..];
        if (!data.IsEmpty && data[0] >> 4 == FlowControl)
        {
            if (!isFunctional)
                _sender.TakeFlow(data, now);
            return true;
        }

        ReadOnlyMemory<byte> message = _receiver.Take(data, isFunctional, now);
        if (!message.IsEmpty)
            received(message, isFunctional);
        return true;
    }

    /// <summary>Sends a message, instead of one that is not finished.</summary>
    internal void Send(byte[] message) => _sender.Begin(message);

    /// <summary>Forgets everything that is on its way.</summary>
    internal void End()
    {
        _receiver.End();
        _receiver.Flow = null;
        _sender.End();
    }

    /// <summary>Gives up what has waited for too long.</summary>
    internal void Expire(long now)
    {
        if (now >= _receiver.Due)
            _receiver.End();
        _sender.Expire(now);
    }

    /// <summary>The frame that may be sent now; it stays the next one until <see cref="Advance"/>.</summary>
    internal bool TryPeek(long now, out CanFrame frame)
    {
        if (_receiver.Flow is not { } flow)
            return _sender.TryPeek(now, out frame);
        frame = IsoTpSender.Frame(settings, [(byte)((FlowControl << 4) | (int)flow), settings.BlockSize, settings.SeparationTime]);
        return true;
    }

    /// <summary>That frame was sent.</summary>
    internal void Advance(long now)
    {
        if (_receiver.Flow is not null)
            _receiver.Flow = null;
        else
            _sender.Advance(now);
    }
}
