// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards.Can.Ecu.Dbc;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Boards.Can.Ecu;

/// <summary>A message that an ECU sends: again and again, or whenever one of its signals changes.</summary>
/// <param name="cycle">In ticks of 100 ns; 0: on changes.</param>
internal sealed class SentMessage(DbcMessage message, long cycle)
{
    // Between two frames that are sent on changes: several changes at a time are one, and control units that answer each
    // other's changes for ever leave time for others.
    private const long LeastPause = TimeSpan.TicksPerMillisecond;

    private readonly List<SignalParameter> _signals = [];
    private long _sentAt = long.MinValue;

    /// <summary>The next moment; <see cref="long.MaxValue"/>: none.</summary>
    internal long Next { get; private set; } = long.MaxValue;

    /// <summary>It is to be sent, with the values of the moment when that can be done.</summary>
    internal bool IsDue { get; private set; }

    internal void Add(SignalParameter signal) => _signals.Add(signal);

    /// <summary>Begins, with a frame at once.</summary>
    internal void Start(long now) => Next = cycle > 0 ? now : long.MaxValue;

    internal void Stop()
    {
        Next = long.MaxValue;
        IsDue = false;
    }

    /// <summary>Looks at the time. Moments are multiples of the cycle since the start; those that were missed are left out.</summary>
    internal void Expire(long now)
    {
        if (now < Next)
            return;
        IsDue = true;
        Next = cycle > 0 ? Next + (cycle * (((now - Next) / cycle) + 1)) : long.MaxValue;
    }

    /// <summary>One of its signals has another value.</summary>
    internal void Change(long now)
    {
        if (cycle == 0)
            Next = _sentAt > now - LeastPause ? _sentAt + LeastPause : now;
    }

    internal void Sent(long now)
    {
        _sentAt = now;
        IsDue = false;
    }

    internal CanFrame Frame()
    {
        CanFrame frame = new(message.Id, message.Length, message.IsExtended, isFd: message.Length > CanFrame.MaxClassicLength);
        Span<byte> data = frame.Data;
        // Multiplexors first: they say which of the others are there.
        foreach (SignalParameter signal in _signals)
        {
            if (signal.Signal.IsMultiplexor)
                signal.Signal.Write(data, signal.Raw);
        }

        foreach (SignalParameter signal in _signals)
        {
            if (!signal.Signal.IsMultiplexor && signal.Signal.IsIn(data))
                signal.Signal.Write(data, signal.Raw);
        }

        return frame;
    }
}

/// <summary>A message that an ECU receives.</summary>
internal sealed class HeardMessage(DbcMessage message)
{
    private readonly List<SignalParameter> _signals = [];

    internal void Add(SignalParameter signal) => _signals.Add(signal);

    /// <summary>Whether a frame is this message. A frame that is too short is, and what it does not have is 0.</summary>
    internal bool Is(in CanFrame frame) =>
        frame.Id == message.Id && frame.IsExtended == message.IsExtended && !frame.IsRemote && !frame.IsError;

    internal void Take(CanFrame frame)
    {
        Span<byte> data = frame.Data;
        foreach (SignalParameter signal in _signals)
        {
            if (signal.Signal.IsIn(data))
                signal.Put(signal.Signal.Read(data));
        }
    }
}
