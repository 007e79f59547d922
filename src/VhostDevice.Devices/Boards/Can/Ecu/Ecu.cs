// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards.Can.Ecu.Dbc;
using VhostDevice.Devices.Boards.Can.Ecu.Diagnosis;
using VhostDevice.Devices.Boards.Can.Ecu.IsoTp;
using VhostDevice.Devices.Can;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Boards.Can.Ecu;

/// <summary>
/// A control unit on a CAN bus: it sends messages whose signals are parameters, shows the signals of those that it
/// receives, and answers testers.
/// </summary>
/// <remarks>
/// Everything happens under the board's gate. It has one timer, set for the next thing that is due; while no guest has
/// started a controller on the bus and nobody records, it sends nothing by itself, and the timer rests.
/// </remarks>
internal sealed class Ecu : BoardPart, ICanPart
{
    /// <summary>Frames that it sends in a row before others have their turn.</summary>
    private const int MaxRun = 256;

    // It waits so long for a guest that does not receive, as a guest would; in ticks of 100 ns.
    private const long Patience = 100 * TimeSpan.TicksPerMillisecond;

    private readonly BoardCanBus _bus;
    private readonly ICanStation _station;
    private readonly List<SentMessage> _sent = [];
    private readonly List<HeardMessage> _heard = [];
    private readonly List<DiagnosticChannel> _channels = [];
    private readonly TextParameter _codes;
    private readonly SwitchParameter _connected;
    private ITimer? _timer;
    private long _timerAt = long.MaxValue;
    private long _busySince = long.MaxValue;
    private bool _isBusy;
    private bool _hasWork;
    private bool _runs;

    internal Ecu(Board board, string name, BoardCanBus bus)
        : base(board, "ecu", name)
    {
        _bus = bus;
        _connected = Parameter(new SwitchParameter("connected", true, changed: Reconsider));
        _codes = new TextParameter("codes", "", () => Data.Codes.Text, TroubleCode.Example, SetCodes);
        Data.Changed = OnDataChanged;
        Data.Resets = EndSessions;
        board.RecorderChanged += Reconsider;
        _station = bus.Bus.Join(this);
    }

    internal DiagnosticData Data { get; } = new();

    bool ICanGuest.HasRoom => true;

    // 100 ns each, from any moment on.
    private long Now => Board.Time.GetElapsedTime(0).Ticks;

    /// <summary>Adds a message that it sends, and returns what its signals are put into.</summary>
    internal SentMessage Send(DbcMessage message, TimeSpan cycle)
    {
        SentMessage sent = new(message, cycle.Ticks);
        _sent.Add(sent);
        return sent;
    }

    /// <summary>Adds a message that it receives.</summary>
    internal HeardMessage Hear(DbcMessage message)
    {
        HeardMessage heard = new(message);
        _heard.Add(heard);
        return heard;
    }

    /// <summary>Adds a tester's identifiers.</summary>
    internal void Answer(IsoTpSettings settings)
    {
        if (_channels.Count == 0)
            _ = Parameter(_codes);
        _channels.Add(new DiagnosticChannel(settings, Data));
    }

    /// <summary>A signal of a message has another value.</summary>
    internal void OnChanged(SentMessage message)
    {
        if (!_runs)
            return;
        message.Change(Now);
        if (message.Next <= Now)
            AskForTurn();
        else
            SetTimer(Now);
    }

    public override void Dispose()
    {
        Board.RecorderChanged -= Reconsider;
        _timer?.Dispose();
        _timer = null;
        foreach (MemoryArea area in Data.Areas)
            area.Dispose();
        base.Dispose();
    }

    bool ICanGuest.TryReceive(in CanFrame frame)
    {
        if (!_connected.Now)
            return true;
        long now = Now;
        foreach (DiagnosticChannel channel in _channels)
            _hasWork |= channel.Take(frame, now);
        if (!Data.Listens)
            return true;
        foreach (HeardMessage heard in _heard)
        {
            if (heard.Is(frame))
                heard.Take(frame);
        }

        return true;
    }

    void ICanGuest.ReportBusOff()
    {
        // Its own controller has no errors.
    }

    void ICanGuest.SendAgain()
    {
        _isBusy = false;
        // Not at once: it is said from within what makes room.
        _hasWork = true;
        SetTimer(Now);
    }

    bool ICanPart.TakeTurn()
    {
        if (!_hasWork)
            return false;
        _hasWork = false;
        return Work(Now);
    }

    void ICanPart.GuestsChanged() => Reconsider();

    // Begins or ends sending by itself.
    private void Reconsider()
    {
        lock (Board.Gate)
        {
            bool runs = _connected.Now && Data.Talks && (_bus.Bus.HasGuests || Board.Recorder is not null);
            long now = Now;
            if (runs != _runs)
            {
                _runs = runs;
                foreach (SentMessage message in _sent)
                {
                    if (runs)
                        message.Start(now);
                    else
                        message.Stop();
                }
            }

            if (!_connected.Now)
            {
                foreach (DiagnosticChannel channel in _channels)
                    channel.End();
            }

            // Not at once: a guest that starts is not ready yet.
            SetTimer(now);
        }
    }

    private void AskForTurn()
    {
        _hasWork = true;
        _bus.Bus.GiveTurns();
    }

    private bool Work(long now)
    {
        foreach (DiagnosticChannel channel in _channels)
            channel.Expire(now);
        foreach (SentMessage message in _sent)
            message.Expire(now);
        bool any = false;
        int left = MaxRun;
        if (!_isBusy || now - _busySince >= Patience)
        {
            foreach (SentMessage message in _sent)
            {
                if (!message.IsDue)
                    continue;
                if (!TrySend(message.Frame(), now))
                    break;
                message.Sent(now);
                any = true;
                left--;
            }

            foreach (DiagnosticChannel channel in _channels)
            {
                while (left > 0 && _connected.Now && channel.TryPeek(now, out CanFrame frame) && TrySend(frame, now))
                {
                    channel.Advance(now);
                    any = true;
                    left--;
                }
            }
        }

        // The rest comes when the others have had their turn.
        if (left <= 0)
            _hasWork = true;
        SetTimer(now);
        return any;
    }

    private bool TrySend(in CanFrame frame, long now)
    {
        bool mayWait = !_isBusy || now - _busySince < Patience;
        switch (_station.Send(frame, mayWait))
        {
            case CanSend.Busy:
                // Where frames take their time nobody's patience helps: then it begins anew.
                if (!_isBusy || !mayWait)
                    _busySince = now;
                _isBusy = true;
                return false;
            default:
                // What cannot be sent is gone, as on a bus.
                _isBusy = false;
                return true;
        }
    }

    private void SetTimer(long now)
    {
        long due = _isBusy ? _busySince + Patience : _hasWork ? now : long.MaxValue;
        foreach (DiagnosticChannel channel in _channels)
        {
            // What could not be sent waits for room, and not for a time.
            if (!_isBusy || channel.Due > now)
                due = Math.Min(due, channel.Due);
        }

        foreach (SentMessage message in _sent)
            due = Math.Min(due, message.Next);
        if (due == _timerAt)
            return;
        _timerAt = due;
        if (due == long.MaxValue)
        {
            _ = _timer?.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            return;
        }

        // Timers have milliseconds; a moment too early would be looked at in vain.
        long wait = Math.Max(0, due - now);
        TimeSpan after = TimeSpan.FromMilliseconds((wait + TimeSpan.TicksPerMillisecond - 1) / TimeSpan.TicksPerMillisecond);
        _timer ??= Board.Time.CreateTimer(static e => ((Ecu)e!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _ = _timer.Change(after, Timeout.InfiniteTimeSpan);
    }

    private void OnTimer()
    {
        lock (Board.Gate)
        {
            // It may have been about to call when the board ended.
            if (_timer is null)
                return;
            _timerAt = long.MaxValue;
            AskForTurn();
        }
    }

    private bool SetCodes(string text)
    {
        if (Data.CodesFrozenBy is not null || !Data.Codes.TrySet(text, Data.Freeze))
            return false;
        return true;
    }

    private void OnDataChanged()
    {
        if (_channels.Count > 0)
            _codes.Changed();
        Reconsider();
    }

    private void EndSessions()
    {
        foreach (DiagnosticChannel channel in _channels)
            channel.EndSession();
    }
}
