// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Numerics;
using Microsoft.Extensions.Logging;
using VhostDevice.Linux;
using VhostDevice.VhostUser.Wire;
using VhostDevice.Virtio;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.VhostUser.BackEnd;

/// <summary>
/// One ring of a session: what the front-end configured, its state, and the turns in which the device serves it.
/// </summary>
internal sealed partial class Vring : IVirtqueueOwner, IDeferred, IPolled, IDisposable
{
    private readonly Session _session;
    private readonly EventLoop _loop;
    private readonly int _loopNumber;
    private readonly int _index;
    private readonly QueueCounters _counters;
    private RingState _state;
    private ushort _size;
    private uint _base;
    private RingAddresses? _addresses;
    private uint? _stoppedAt; // by this connection; null: it has not run yet
    private ulong? _ringLog;
    private bool _hasSize;
    private bool _hasBase;
    private OwnedVirtqueue? _queue;
    private IDisposable? _kick;
    private NotifyFd? _call;
    private NotifyFd? _error;
    private bool _live;
    private bool _asked;

    /// <param name="loopNumber">Which loop of the session's crew serves it.</param>
    internal Vring(Session session, int index, ushort size, int loopNumber)
    {
        _session = session;
        _loopNumber = loopNumber;
        _loop = session.Crew?.At(loopNumber) ?? session.Loop;
        _index = index;
        _size = size;
        _counters = session.Counters.Queue(index);
    }

    internal RingState State => _state;

    internal bool IsLive => _live;

    /// <summary>Whether the ring was started and not stopped; it need not be live.</summary>
    internal bool HasQueue => _queue is not null;

    // A broken ring has stopped for good, whatever its state says, and may be set up anew.
    private bool IsRunning => _live && !_queue!.IsBroken;

    // Features come before rings: virtio lets a driver set up a queue only after it has negotiated. What is said about a
    // ring is checked against the layout accepted by then, and again when the ring starts.
    private bool IsPacked => (_session.AcceptedFeatures & VirtioFeatures.RingPacked) != 0;

    // The order of set-up is free, and a ring with half of its parameters would be read as garbage.
    private bool IsComplete => _hasSize && _hasBase && _addresses is not null && !_session.Memory.Regions.IsEmpty;

    // ---- what the front-end says ----

    internal Outcome SetSize(uint size)
    {
        if (IsRunning)
            return size == _size ? Outcome.Done : Outcome.Refused($"SET_VRING_NUM for ring {_index}, which is running");
        if (size == 0 || size > _session.Device.MaxQueueSize || !(IsPacked || BitOperations.IsPow2(size)))
        {
            string kind = IsPacked ? "a number" : "a power of two";
            return Outcome.Refused($"SET_VRING_NUM {size} for ring {_index}: {kind} up to {_session.Device.MaxQueueSize} was expected");
        }

        BeginSetUp();
        _size = (ushort)size;
        _hasSize = true;
        return Reconsider();
    }

    internal Outcome SetBase(uint start)
    {
        if (IsRunning)
            return Outcome.Refused($"SET_VRING_BASE for ring {_index}, which is running");
        if (!IsPacked && start > ushort.MaxValue)
            return Outcome.Refused($"SET_VRING_BASE {start} for ring {_index}: at most 65535 was expected");
        BeginSetUp();
        if (start != (_stoppedAt ?? 0))
            _session.DriverWasReset();
        _base = start;
        _hasBase = true;
        return Reconsider();
    }

    internal Outcome SetAddresses(VringAddress address)
    {
        RingAddresses addresses = new(address.Descriptor, address.Available, address.Used);
        // The log address is only meant with the flag; without it some front-ends send all ones.
        _ringLog = (address.Flags & VringFlags.Log) != 0 ? address.Log : null;
        LoggingChanged();
        // Sent again while the ring runs, the message only switches the flag.
        if (_addresses == addresses && IsRunning)
            return Outcome.Done;
        BeginSetUp();
        _addresses = addresses;
        return Reconsider();
    }

    /// <summary>The marking of written pages was switched on or off, for this ring or for all.</summary>
    internal void LoggingChanged() =>
        _queue?.SetLogs(_session.LogsChains ? _session.DirtyLog : null, _ringLog is null ? null : _session.DirtyLog, _ringLog ?? 0);

    /// <summary>SET_VRING_KICK; without a descriptor "polling should be used", unless kicks come in band.</summary>
    internal Outcome SetKick(OwnedFd? fd)
    {
        string problem = "";
        IDisposable? made = null;
        bool good = fd is not null
            ? KickSource.TryCreate(_loop, fd, OnKick, out made, out problem)
            : _session.InBand || KickTimer.TryCreate(_loop, OnKick, out made, out problem);
        if (!good)
            return Outcome.Refused($"SET_VRING_KICK for ring {_index}: {problem}");
        _kick?.Dispose();
        _kick = made;
        // A kick through the former descriptor may be lost in the exchange.
        if (_live)
            YieldTurn();
        return Apply(RingEvent.Kicked);
    }

    internal Outcome SetCall(OwnedFd? fd)
    {
        Outcome outcome = SetNotify(ref _call, fd, "SET_VRING_CALL");
        if (_live)
            PayCall();
        return outcome;
    }

    internal Outcome SetError(OwnedFd? fd) => SetNotify(ref _error, fd, "SET_VRING_ERR");

    internal Outcome Apply(RingEvent e)
    {
        _state = _state.After(e);
        return Reconsider();
    }

    /// <summary>VRING_KICK in band.</summary>
    internal Outcome KickInBand()
    {
        Outcome outcome = Apply(RingEvent.Kicked);
        OnKick();
        return outcome;
    }

    /// <summary>First half of GET_VRING_BASE: the ring takes nothing new, and the device gives back what it holds.</summary>
    internal void BeginStop()
    {
        if (!_live)
            return;
        // What a predecessor left is in no base that can be told: it is taken now or never.
        if (_queue!.HasLeftovers)
            Serve();
        if (_live)
            Pause();
    }

    /// <summary>Second half: where the ring goes on some day, as GET_VRING_BASE says it.</summary>
    internal uint FinishStop()
    {
        Flush();
        ForgetRecord();
        _state = _state.After(RingEvent.BaseAsked);
        Halt();
        _hasBase = true; // the front-end knows it now and need not repeat it
        // A kick that arrives from now on belongs to nobody; the front-end sends new descriptors when it starts again.
        _kick?.Dispose();
        _kick = null;
        return _base;
    }

    /// <summary>RESET_DEVICE: as if nothing had been said about this ring. Nothing is in flight.</summary>
    /// <param name="keepsBase">GET_VRING_BASE may still come, to learn where the ring stopped.</param>
    internal void Reset(bool keepsBase)
    {
        BeginStop();
        uint stopped = FinishStop();
        _state = _state.After(RingEvent.DeviceReset);
        ForgetParameters();
        if (keepsBase)
            _base = stopped;
    }

    /// <summary>Another memory table: the rings are looked up again, or the ring stops.</summary>
    internal void MemoryChanged()
    {
        if (_queue is null)
        {
            _ = Reconsider();
            return;
        }

        if (_queue.TryChangeMemory(_session.MemoryOf(_loopNumber)) || _queue.IsUnmapped)
            return;
        _session.Log.LogWarning("ring {Ring} stops: it is not in the guest's memory any more", _index);
        Halt();
    }

    /// <summary>Before translations are taken away: what is complete goes back while the ring is where it was.</summary>
    internal void PublishCompleted()
    {
        if (_live)
            Flush();
    }

    /// <summary>There are more translations, or fewer: a ring that waited goes on, or one that ran waits.</summary>
    internal void TranslationsChanged(bool gained)
    {
        if (_queue is null)
        {
            if (gained)
                _ = Reconsider();
            return;
        }

        if (_queue.TryRemap() && gained && _live)
            YieldTurn();
    }

    /// <summary>The connection is over. Requests in flight still are: <see cref="InFlight"/> tells, <see cref="BeginDrain"/> waits.</summary>
    public void Dispose()
    {
        if (_live)
            Pause();
        // A record has them for the next connection, or nobody waits for them.
        _ = TryAbandon();
        Halt();
        _kick?.Dispose();
        _call?.Dispose();
        _error?.Dispose();
        _kick = null;
        _call = _error = null;
    }

    // ---- start and stop ----

    /// <summary>Starts or stops serving, as state and configuration now demand.</summary>
    private Outcome Reconsider()
    {
        if (!_state.IsLive)
        {
            if (_live)
                Pause();
            return Outcome.Done;
        }

        if (_live || !IsComplete || _former is not null)
        {
            AskForMemory();
            return Outcome.Done;
        }

        _asked = false;
        bool made = _queue is null;
        if (made && !VirtqueueFactory.TryCreate(
            _index, _size, _addresses!.Value, _base, RingFeatures.From(_session.AcceptedFeatures),
            _session.MemoryOf(_loopNumber), this, out _queue, out string problem))
        {
            if (_asked)
                return Outcome.Done; // it becomes live when the translation comes
            // Not the fault of this very message: order of set-up is free. It becomes live when the rest is right.
            _session.Log.LogWarning("ring {Ring} cannot start: {Problem}", _index, problem);
            return Outcome.Done;
        }

        if (made && !TryTrack())
            return Outcome.Done;
        LoggingChanged();
        if (_queue!.BeginsAnew)
            _session.DriverWasReset();
        _session.RingStarts();
        _live = true;
        _hasServed = false;
        _vainKicks = 0;
        _queue.CountIn(_counters);
        _queue.EndTurn(paused: false);
        if (_loop.IsPolling)
            _loop.AddPolled(this);
        _session.Log.LogDebug("ring {Ring} is live at {Base}, size {Size}", _index, _queue.Base, _size);
        SafeCall(static (d, q) => d.QueueStarted(q));
        PayCall();
        // What the driver made available before is served now, not at its next kick.
        YieldTurn();
        return Outcome.Done;
    }

    // Disabled, or about to stop: the queue takes nothing new and stays, with what is in flight.
    private void Pause()
    {
        SafeCall(static (d, q) => d.QueueStopping(q));
        _queue!.EndTurn(paused: true);
        Flush();
        Leave();
    }

    private void Leave()
    {
        _live = false;
        _loop.RemovePolled(this);
    }

    // The end of this start of the ring.
    private void Halt()
    {
        if (_live)
            Pause();
        if (_queue is null)
            return;
        OwnedVirtqueue ended = _queue;
        _stoppedAt = _base = ended.Base;
        _queue = null;
        ended.Stop();
        KeepFormer(ended);
        _inflight?.Release();
        _inflight = null;
        // What was still in flight is marked by now.
        _session.NotifyLog();
    }

    // A ring that broke still counts as started and enabled: it must not start again before all of it is new.
    private void BeginSetUp()
    {
        bool broken = _queue is { IsBroken: true };
        Halt();
        if (broken)
            ForgetParameters();
    }

    private void ForgetParameters()
    {
        _addresses = null;
        _ringLog = null;
        _hasSize = _hasBase = false;
        _base = 0;
    }

    private Outcome SetNotify(ref NotifyFd? target, OwnedFd? fd, string request)
    {
        NotifyFd? made = null;
        if (fd is not null && !NotifyFd.TryCreate(_session.Loop, fd, _session.NotifyFds, out made, out string problem))
            return Outcome.Refused($"{request} for ring {_index}: {problem}");
        target?.Dispose();
        target = made;
        return Outcome.Done;
    }
}
