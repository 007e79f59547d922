// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using VhostDevice.Linux;
using VhostDevice.VhostUser.Wire;
using VhostDevice.Virtio.Devices;
using VhostDevice.Virtio.Memory;

namespace VhostDevice.VhostUser.BackEnd;

/// <summary>
/// One front-end's connection: reads its messages, keeps what it negotiated, and ties the device to its rings.
/// What each message does is in the other parts of this class.
/// </summary>
internal sealed partial class Session : IFdHandler, IDeviceHost, IDisposable
{
    /// <summary>Messages per wake-up, so that a chatty front-end cannot starve the rings.</summary>
    private const int MessagesPerTurn = 32;

    private readonly BackEndServer _server;
    private readonly OwnedFd _socket;
    private readonly MessageReader _reader = new();
    private readonly MessageWriter _writer = new();
    private readonly Message _message = new();
    private readonly MemoryTable _table;
    private readonly Vring[] _rings;
    private FdWatch? _watch;
    private bool _attached;
    private bool _ended;
    private bool _parked;
    private long _lastHeard = Stopwatch.GetTimestamp();

    internal Session(BackEndServer server, OwnedFd socket, VirtioDevice device)
    {
        _server = server;
        _socket = socket;
        Device = device;
        NotifyFds = new NotifyFds(NotificationWaited);
        _table = new MemoryTable(Threads);
        _shared = new SharedRegions(device.SharedMemorySizes);
        DirtyLog = new DirtyLog(LogTooShort);
        ArgumentOutOfRangeException.ThrowIfLessThan(device.QueueCount, 1);
        _rings = new Vring[device.QueueCount];
        for (int i = 0; i < _rings.Length; i++)
            _rings[i] = new Vring(this, i, device.MaxQueueSize, device.LoopOf(i) % Threads);
    }

    public EventLoop Loop => _server.Loop;

    public LoopCrew? Crew => _server.Crew;

    internal ILogger Log => _server.Log;

    internal SocketCounters Counters => _server.Counters;

    internal VirtioDevice Device { get; }

    internal GuestMemory Memory => _table.Current;

    private int Threads => Crew?.Count ?? 1;

    internal BackEndChannel? Channel { get; private set; }

    internal bool InBand => (_acceptedProtocol & ProtocolFeatures.InbandNotifications) != 0;

    /// <summary>Whether the session is over for good: the connection has ended, and nothing of it is in flight.</summary>
    internal bool HasGivenUpDevice { get; private set; }

    /// <summary>Whether the connection has ended.</summary>
    internal bool HasLeft => _ended;

    /// <summary>Since the last message, or since the connection was accepted.</summary>
    internal TimeSpan Silence => Stopwatch.GetElapsedTime(_lastHeard);

    /// <summary>Chains that the device has not given back. While the loops stand still.</summary>
    internal int InFlight => _rings.Sum(static r => r.InFlight);

    /// <summary>The snapshot of the guest's memory for the rings of a loop.</summary>
    internal GuestMemory MemoryOf(int loop) => _table.Of(loop);

    /// <summary>Has something of the session's done on its own loop, whichever loop this is.</summary>
    internal void OnLoop(Action action)
    {
        if (Crew is null)
            action();
        else
            Loop.Post(action);
    }

    /// <summary>Begins to read. False when the connection cannot be watched.</summary>
    internal Errno Start() => Loop.Watch(_socket.Fd, Readiness.Readable, this, out _watch);

    public void NotifyConfigChanged()
    {
        if ((_acceptedProtocol & ProtocolFeatures.Config) != 0)
            Channel?.NotifyConfigChanged();
    }

    public void ReportFault(Exception fault) => Log.LogError("the device failed to serve a request: {Fault}", fault.ToString());

    public void OnReady(Readiness readiness)
    {
        if ((readiness & Readiness.Writable) != 0)
            FlushReplies();
        if ((readiness & Readiness.Readable) != 0 && !_parked)
            ReadMessages();
        else if ((readiness & (Readiness.HangUp | Readiness.Error)) != 0)
            End("the front-end closed the connection", LogLevel.Information);
    }

    /// <summary>Goes on with the message that had to wait for the device or its state; one that waits for rings goes on by itself.</summary>
    internal void Resume()
    {
        if (_parked && !_ended && _drain is null)
            GoOn(Serve);
    }

    /// <summary>Ends a connection that does not use the device.</summary>
    internal void GiveUpPlace() => End("a new one takes its place", LogLevel.Information);

    /// <summary>The server's end: nobody comes after this session, so nothing is waited for.</summary>
    public void Dispose()
    {
        Leave();
        GiveUpDevice();
    }

    private void GoOn(Func<Message, Outcome> step)
    {
        _parked = false;
        Conclude(Guarded(step), _message);
        if (!_parked && !_ended)
            SetInterest();
    }

    // The connection is over, the session is not while the device works on requests of it.
    private void Leave()
    {
        if (_ended)
            return;
        _ended = true;
        using LoopCrew.Pause still = StandStill();
        CancelRequests();
        _drain = null;
        _afterDrain = null;
        _patience?.Cancel();
        _halfMessageTimer?.Dispose();
        _memoryTimer?.Dispose();
        _transfer?.Dispose();
        foreach (Vring ring in _rings)
            ring.Dispose();
        _logCall?.Dispose();
        _logCall = null;
        Channel?.Dispose();
        Channel = null;
        _message.CloseFds();
        _watch?.Dispose();
        _socket.Dispose();
        if (Array.Exists(_rings, static r => r.InFlight > 0))
            BeginDrain(_rings, mayAbandon: true);
        else
            GiveUpDevice();
    }

    private void GiveUpDevice()
    {
        if (HasGivenUpDevice)
            return;
        HasGivenUpDevice = true;
        using LoopCrew.Pause still = StandStill();
        _drain = null;
        _patience?.Dispose();
        DisposeDevice();
        _table.Dispose();
        Inflight?.Release();
        Inflight = null;
        DirtyLog.Dispose();
        _memoryAlarm?.Dispose();
        _server.DeviceIsFree(this);
    }

    // Other loops serve rings; what a message changes is everybody's.
    private LoopCrew.Pause StandStill() => Crew?.StandStill() ?? default;

    // A fault of the device must not keep the rest from being given back.
    private void DisposeDevice()
    {
        try
        {
            Device.Dispose();
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            ReportFault(fault);
        }
    }

    private void ReadMessages()
    {
        for (int i = 0; i < MessagesPerTurn && !_parked && !_ended; i++)
        {
            switch (_reader.Read(_socket.Fd, _message))
            {
                case ReadResult.Complete:
                    _lastHeard = Stopwatch.GetTimestamp();
                    MessageIsWhole();
                    Conclude(Guarded(Dispatch), _message);
                    break;
                case ReadResult.Incomplete:
                    BoundHalfMessage();
                    return;
                case ReadResult.Closed:
                    End("the front-end closed the connection", LogLevel.Information);
                    return;
                default:
                    End(_reader.Problem, LogLevel.Warning);
                    return;
            }
        }
    }

    // A fault in a device's code (or in ours) ends this connection; the daemon and its other guests go on.
    private Outcome Guarded(Func<Message, Outcome> step)
    {
        using LoopCrew.Pause still = (_attached || NeedsDevice(_message.Request)) && !IsApart(_message) ? StandStill() : default;
        try
        {
            return step(_message);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            ReportFault(fault);
            return Outcome.Fatal($"{_message.Request} could not be served");
        }
    }

    private Outcome Dispatch(Message message)
    {
        Log.LogTrace("{Request}, {Bytes} bytes, {Fds} fds", message.Request, message.Header.PayloadSize, message.Fds.Count);
        if (MessageRule.For(message.Header.Request) is not { } rule)
            return Outcome.Refused($"request {message.Header.Request} is unknown");
        int length = (int)message.Header.PayloadSize;
        if (length < rule.MinPayload || length > rule.MaxPayload)
            return Outcome.Fatal($"{message.Request} has {length} bytes of payload instead of {rule.MinPayload} to {rule.MaxPayload}");
        if (message.Fds.Count > rule.MaxFds)
            return Outcome.Fatal($"{message.Request} came with {message.Fds.Count} file descriptors, at most {rule.MaxFds} belong to it");
        if (rule.Feature != ProtocolFeatures.None && (OfferedProtocol & rule.Feature) == 0)
            return Outcome.Refused($"{message.Request} needs the protocol feature {rule.Feature}, which is not on offer");
        return Serve(message);
    }

    // Answers as the outcome demands.
    private void Conclude(Outcome outcome, Message message)
    {
        if (_ended)
            return;
        // "The reply is REQUIRED" for IOTLB messages that ask for one, whatever was negotiated.
        bool acknowledge = message.NeedsReply
            && ((_acceptedProtocol & ProtocolFeatures.ReplyAck) != 0 || message.Request == FrontEndRequest.IotlbMsg);
        switch (outcome.Kind)
        {
            case OutcomeKind.Done when acknowledge:
                Reply(message, 0UL);
                break;
            case OutcomeKind.Declined:
                Log.LogDebug("declined: {Reason}", outcome.Reason);
                if (acknowledge)
                    Reply(message, 1UL);
                break;
            case OutcomeKind.Refused when acknowledge && MessageRule.For(message.Header.Request) is not { HasReply: true }:
                Log.LogWarning("refused: {Reason}", outcome.Reason);
                Reply(message, 1UL);
                break;
            case OutcomeKind.Refused:
            case OutcomeKind.Fatal:
                End(outcome.Reason, LogLevel.Warning);
                return;
            case OutcomeKind.Parked:
                _parked = true;
                SetInterest();
                return;
            default:
                break;
        }

        message.CloseFds();
    }

    private void Reply<T>(Message message, T payload)
        where T : unmanaged => Reply(message, MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in payload)));

    private void Reply(Message message, ReadOnlySpan<byte> payload, OwnedFd? fd = null)
    {
        Span<byte> bytes = stackalloc byte[MessageHeader.Size + MessageRule.MaxPayloadOfAll];
        MessageHeader header = new()
        {
            Request = message.Header.Request,
            Flags = MessageFlags.Version1 | MessageFlags.Reply,
            PayloadSize = (uint)payload.Length,
        };
        MemoryMarshal.Write(bytes, in header);
        payload.CopyTo(bytes[MessageHeader.Size..]);
        Errno errno = _writer.Send(_socket.Fd, bytes[..(MessageHeader.Size + payload.Length)], fd);
        if (errno.IsError)
            EndUnanswered(errno);
        else
            SetInterest();
    }

    private void FlushReplies()
    {
        Errno errno = _writer.Flush(_socket.Fd);
        if (errno.IsError)
            EndUnanswered(errno);
        else
            SetInterest();
    }

    private void EndUnanswered(Errno errno)
    {
        // One that leaves without waiting for its answer is nothing to warn of.
        if (errno == Errno.EPIPE || errno == Errno.ECONNRESET)
            End("the front-end closed the connection", LogLevel.Information);
        else
            End(errno == Errno.ENOSPC ? "the front-end does not read its replies" : $"a reply cannot be sent: {errno}", LogLevel.Warning);
    }

    private void SetInterest()
    {
        if (_watch is not null)
            _watch.Interest = (_parked ? Readiness.None : Readiness.Readable) | (_writer.HasBacklog ? Readiness.Writable : Readiness.None);
    }

    private void End(string reason, LogLevel level)
    {
        if (_ended)
            return;
        if (level > LogLevel.Information)
            Counters.ProtocolErrors++;
        Log.Log(_attached || level > LogLevel.Information ? level : LogLevel.Debug, "connection ended: {Reason}", reason);
        Leave();
        _server.SessionEnded(this);
    }
}
