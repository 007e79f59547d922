// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards.Can.Ecu.Diagnosis;
using VhostDevice.Devices.Boards.Can.Ecu.IsoTp;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Boards.Can.Ecu;

/// <summary>One tester's identifiers: its messages, its session, and the answer that it waits for.</summary>
internal sealed class DiagnosticChannel
{
    private const byte TesterPresent = 0x3E;

    private readonly DiagnosticData _data;
    private readonly DiagnosticServer _server;
    private readonly DiagnosticSession _session = new();
    private readonly IsoTpLink _link;
    private byte[]? _late;
    private byte _service;
    private long _lateAt;
    private long _askAgainAt;
    private long _now;

    internal DiagnosticChannel(IsoTpSettings settings, DiagnosticData data)
    {
        Settings = settings;
        _data = data;
        _server = new DiagnosticServer(data, _session);
        _link = new IsoTpLink(settings, OnRequest);
    }

    internal IsoTpSettings Settings { get; }

    internal DiagnosticSession Session => _session;

    /// <summary>When it has something to do unasked, in ticks of 100 ns; <see cref="long.MaxValue"/>: never.</summary>
    internal long Due => Math.Min(Math.Min(_link.Due, _session.Due), _late is null ? long.MaxValue : Math.Min(_lateAt, _askAgainAt));

    /// <summary>A frame of the bus.</summary>
    /// <returns>Whether it was for this channel.</returns>
    internal bool Take(in CanFrame frame, long now)
    {
        _now = now;
        return Settings.MayBe(frame) && _link.Take(frame, now);
    }

    /// <summary>Does what is due.</summary>
    internal void Expire(long now)
    {
        _link.Expire(now);
        if (_late is { } late && now >= _lateAt)
        {
            _late = null;
            _session.Touch(now);
            _link.Send(late);
        }
        else if (_late is not null && now >= _askAgainAt)
        {
            Ask(now);
        }

        if (now < _session.Due)
            return;
        // A tester whose message is on its way, or that was told to wait, is there.
        if (_link.IsBusy || _late is not null)
            _session.Touch(now);
        else
            EndSession();
    }

    /// <inheritdoc cref="IsoTpLink.TryPeek"/>
    internal bool TryPeek(long now, out CanFrame frame) => _link.TryPeek(now, out frame);

    /// <inheritdoc cref="IsoTpLink.Advance"/>
    internal void Advance(long now) => _link.Advance(now);

    /// <summary>Forgets the tester and everything that is on its way.</summary>
    internal void End()
    {
        _link.End();
        EndSession();
    }

    /// <summary>Back to the default session. An answer that takes time is not given any more.</summary>
    internal void EndSession()
    {
        _late = null;
        _session.Begin(SessionKind.Default);
        _data.Ended(_session);
    }

    private void OnRequest(ReadOnlyMemory<byte> request, bool isFunctional)
    {
        ReadOnlySpan<byte> bytes = request.Span;
        bool isPresence = bytes is [TesterPresent, 0x80];
        if (!isPresence && (_late is not null || (isFunctional && _link.IsSending)))
        {
            // One request at a time.
            if (!isFunctional)
                _link.Send(DiagnosticServer.Refuse(bytes[0], Refusal.Busy));
            return;
        }

        byte[] answer = _server.Serve(bytes, isFunctional, _now, out long delay);
        if (answer.Length == 0)
            return;
        if (delay == 0)
        {
            _link.Send(answer);
            return;
        }

        (_late, _service, _lateAt) = (answer, bytes[0], _now + delay);
        Ask(_now);
    }

    private void Ask(long now)
    {
        _askAgainAt = now + DiagnosticTimes.PendingAgain;
        _link.Send(DiagnosticServer.Refuse(_service, Refusal.Pending));
    }
}
