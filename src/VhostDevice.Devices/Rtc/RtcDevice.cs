// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers;
using System.Buffers.Binary;
using VhostDevice.Hosting.Daemon;
using VhostDevice.Virtio.Devices;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Devices.Rtc;

/// <summary>The clock device (virtio 1.4 §5.23): what time it is, and alarms.</summary>
public sealed class RtcDevice : RequestDevice
{
    /// <summary>VIRTIO_RTC_F_ALARM.</summary>
    public const ulong Alarm = 1 << 0;

    private const int AlarmQueue = 1;
    private const int HeadSize = 8;
    private const int NotificationSize = 16;
    private const int LongestRequest = 24;
    private const int LongestAnswer = 24;

    // Only the last expiry of a clock is news.
    private const int MaxNotifications = 8;

    // Of the counters that there are (VIRTIO_RTC_COUNTER_*).
    private const byte HighestCounter = (byte)CounterKind.TimeStampCounter;
    private const byte CrossFlag = 1;

    private const byte EnabledFlag = 1;
    private const int BytesOfAlarm = 10;

    private readonly RtcClocks _clocks;
    private GuestMailbox<int>? _notifications;
    private RtcAlarms? _alarms;
    private bool _hasAlarms;

    /// <param name="clocks">Of the socket; stays the caller's.</param>
    public RtcDevice(RtcClocks clocks) => _clocks = clocks;

    public override uint DeviceId => 17;

    public override int QueueCount => 2;

    public override ulong Features => _clocks.HasAlarms ? Alarm : 0;

    /// <summary>The alarms of all clocks.</summary>
    public override uint StateVersion => 1;

    public override void AcceptFeatures(ulong features) => _hasAlarms = (features & Alarm) != 0;

    public override void QueueStarted(Virtqueue queue)
    {
        if (queue.Index != AlarmQueue)
            return;
        _notifications!.Start(queue);
        // What a former driver has not taken is this one's.
        if (queue.BeginsAnew)
            _alarms!.Forget();
        if (_hasAlarms)
            _alarms!.Look();
    }

    public override void QueueStopping(Virtqueue queue)
    {
        if (queue.Index == AlarmQueue)
            _notifications!.Stop();
    }

    public override void ServeQueue(Virtqueue queue)
    {
        if (queue.Index == AlarmQueue)
            _notifications!.Serve(queue);
        else
            base.ServeQueue(queue);
    }

    public override void SaveState(IBufferWriter<byte> target)
    {
        for (int id = 0; id < _clocks.Count; id++)
        {
            RtcAlarm alarm = _clocks.AlarmOf(id);
            Span<byte> bytes = target.GetSpan(BytesOfAlarm)[..BytesOfAlarm];
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, alarm.Time);
            bytes[8] = alarm.IsEnabled ? EnabledFlag : (byte)0;
            bytes[9] = alarm.IsPending ? (byte)1 : (byte)0;
            target.Advance(BytesOfAlarm);
        }
    }

    public override bool TryLoadState(uint version, ReadOnlySpan<byte> state, out string problem)
    {
        problem = version != StateVersion ? $"version {version} of it is not known here"
            : state.Length == _clocks.Count * BytesOfAlarm ? ""
            : $"it is of {state.Length / BytesOfAlarm} clocks, and {_clocks.Count} are here: start both daemons with the same options";
        if (problem.Length > 0)
            return false;
        for (int id = 0; id < _clocks.Count; id++, state = state[BytesOfAlarm..])
        {
            RtcAlarm alarm = _clocks.AlarmOf(id);
            alarm.Time = BinaryPrimitives.ReadUInt64LittleEndian(state);
            alarm.IsEnabled = state[8] != 0;
            alarm.IsPending = alarm.IsEnabled && state[9] != 0;
        }

        return true;
    }

    protected override void OnAttached()
    {
        _notifications = new GuestMailbox<int>(Host, MaxNotifications, WriteNotification, dropsOldest: true);
        _alarms = new RtcAlarms(_clocks, Host.Loop, id => _ = _notifications.Items.TryAdd(id));
        _clocks.Changed += OnChanged;
    }

    protected override void Dispose(bool disposing)
    {
        _clocks.Changed -= OnChanged;
        _alarms?.Dispose();
        base.Dispose(disposing);
    }

    protected override uint Answer(Virtqueue queue, DescriptorChain request)
    {
        Span<byte> bytes = stackalloc byte[LongestRequest];
        bytes = bytes[..request.Reader().Read(bytes)];
        Span<byte> answer = stackalloc byte[LongestAnswer];
        answer.Clear();
        RtcStatus status = Serve(bytes, answer, out int length);
        // Room for all of a good answer; of others the head, or what there is room for.
        if (status == RtcStatus.Ok && request.WritableBytes < (uint)length)
            status = RtcStatus.Invalid;
        if (status != RtcStatus.Ok)
        {
            answer.Clear();
            length = HeadSize;
        }

        answer[0] = (byte)status;
        return (uint)request.Writer().Write(answer[..(int)Math.Min((uint)length, request.WritableBytes)]);
    }

    private RtcStatus Serve(ReadOnlySpan<byte> request, Span<byte> answer, out int length)
    {
        length = HeadSize;
        if (request.Length < HeadSize)
            return RtcStatus.Invalid;
        RtcMessage message = (RtcMessage)BinaryPrimitives.ReadUInt16LittleEndian(request);
        (int needed, length) = message switch
        {
            RtcMessage.Config => (8, 16),
            RtcMessage.Read or RtcMessage.ClockCapabilities or RtcMessage.CrossCapabilities => (16, 16),
            RtcMessage.ReadCross or RtcMessage.ReadAlarm => (16, 24),
            RtcMessage.SetAlarm => (24, 8),
            RtcMessage.SetAlarmEnabled => (16, 8),
            _ => (0, 8),
        };
        if (needed == 0)
            return RtcStatus.Unsupported;
        if (request.Length < needed)
            return RtcStatus.Invalid;
        if (message == RtcMessage.Config)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(answer[8..], (ushort)_clocks.Count);
            return RtcStatus.Ok;
        }

        int id = BinaryPrimitives.ReadUInt16LittleEndian(request[(message == RtcMessage.SetAlarm ? 16 : 8)..]);
        return id >= _clocks.Count ? RtcStatus.NoDevice : OfClock(message, id, request, answer);
    }

    private RtcStatus OfClock(RtcMessage message, int id, ReadOnlySpan<byte> request, Span<byte> answer)
    {
        RtcClock clock = _clocks[id];
        switch (message)
        {
            case RtcMessage.Read:
                if (clock.Read(out ulong reading).IsError)
                    return RtcStatus.IoError;
                BinaryPrimitives.WriteUInt64LittleEndian(answer[8..], reading);
                return RtcStatus.Ok;
            case RtcMessage.ClockCapabilities:
                answer[8] = (byte)clock.Type;
                answer[9] = clock.Type == RtcClockType.UtcSmeared ? (byte)clock.Smear : (byte)0;
                answer[10] = HasAlarm(clock) ? (byte)1 : (byte)0;
                return RtcStatus.Ok;
            case RtcMessage.CrossCapabilities:
                if (request[10] > HighestCounter)
                    return RtcStatus.Unsupported;
                answer[8] = IsKnown(request[10]) ? CrossFlag : (byte)0;
                return RtcStatus.Ok;
            case RtcMessage.ReadCross:
                return IsKnown(request[10]) ? ReadCross(clock, answer) : RtcStatus.Unsupported;
            default:
                return HasAlarm(clock) ? OfAlarm(message, _clocks.AlarmOf(id), request, answer) : RtcStatus.NoDevice;
        }
    }

    private bool IsKnown(byte counter) => _clocks.Counter is { } known && counter == (byte)known.Kind;

    private RtcStatus ReadCross(RtcClock clock, Span<byte> answer)
    {
        if (_clocks.Counter!.Read(clock, out ulong reading, out ulong cycles).IsError)
            return RtcStatus.IoError;
        BinaryPrimitives.WriteUInt64LittleEndian(answer[8..], reading);
        BinaryPrimitives.WriteUInt64LittleEndian(answer[16..], cycles);
        return RtcStatus.Ok;
    }

    private RtcStatus OfAlarm(RtcMessage message, RtcAlarm alarm, ReadOnlySpan<byte> request, Span<byte> answer)
    {
        switch (message)
        {
            case RtcMessage.ReadAlarm:
                BinaryPrimitives.WriteUInt64LittleEndian(answer[8..], alarm.Time);
                answer[16] = alarm.IsEnabled ? EnabledFlag : (byte)0;
                return RtcStatus.Ok;
            case RtcMessage.SetAlarm:
                alarm.Time = BinaryPrimitives.ReadUInt64LittleEndian(request[8..]);
                alarm.IsEnabled = (request[18] & EnabledFlag) != 0;
                break;
            default:
                alarm.IsEnabled = (request[10] & EnabledFlag) != 0;
                break;
        }

        // What was to be reported of the former one is not true any more.
        _notifications!.Items.Clear();
        _alarms!.Forget();
        alarm.IsPending = alarm.IsEnabled;
        _alarms.Look();
        return RtcStatus.Ok;
    }

    private bool HasAlarm(RtcClock clock) => _hasAlarms && clock.HasAlarm;

    private uint WriteNotification(DescriptorChain buffer, int id)
    {
        _clocks.AlarmOf(id).IsPending = false;
        Span<byte> bytes = stackalloc byte[NotificationSize];
        bytes.Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)RtcMessage.AlarmExpired);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[8..], (ushort)id);
        return buffer.WritableBytes < NotificationSize ? 0 : (uint)buffer.Writer().Write(bytes);
    }

    // On any thread.
    private void OnChanged() => Host.Loop.Post(() => _alarms!.Look());
}
