// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Rtc;

/// <summary>
/// Has alarms go off when their time has come by the guest's clock, also when the host's or the guest's is set. One timer for
/// all of them, while a guest is there; an alarm whose time came while there was none goes off when the next one begins, and so
/// does one whose report nobody took.
/// </summary>
/// <param name="expired">An alarm has gone off and is to be reported; its argument is the clock's id. On the loop.</param>
internal sealed class RtcAlarms(RtcClocks clocks, EventLoop loop, Action<int> expired) : IDisposable
{
    private const long NanosecondsPerTick = 100;

    private readonly bool[] _isExpired = new bool[clocks.Count];
    private WallClockTimer? _timer;
    private long _setFor;
    private bool _isDisposed;

    /// <summary>Alarms have been set, or a clock has: looks at all of them.</summary>
    internal void Look()
    {
        // A setter of clocks may have posted this before the device was taken down.
        if (_isDisposed)
            return;
        long? next = null;
        for (int id = 0; id < clocks.Count; id++)
        {
            RtcAlarm alarm = clocks.AlarmOf(id);
            if (!alarm.IsPending || _isExpired[id])
                continue;
            if (clocks[id].Read(out ulong reading).IsSuccess && reading >= alarm.Time)
            {
                _isExpired[id] = true;
                expired(id);
            }
            else if (alarm.Time <= long.MaxValue && clocks[id].RealtimeWhen((long)alarm.Time) is { } host && (next is null || host < next))
            {
                next = host;
            }
        }

        Wait(next);
    }

    /// <summary>Whatever has gone off is to be reported anew, if it is still pending.</summary>
    internal void Forget() => Array.Clear(_isExpired);

    /// <summary>A time of the host's as the timer takes it: not before it.</summary>
    internal static DateTimeOffset TimeOf(long host)
    {
        (long ticks, long rest) = Math.DivRem(Math.Max(host, 0), NanosecondsPerTick);
        return DateTimeOffset.UnixEpoch.AddTicks(ticks + (rest > 0 ? 1 : 0));
    }

    public void Dispose()
    {
        _isDisposed = true;
        _timer?.Dispose();
    }

    private void Wait(long? host)
    {
        if (host is not { } at)
        {
            _timer?.Cancel();
            return;
        }

        // One that expires earlier looks again then: a guest that keeps putting off its alarm costs no system calls.
        if (_timer is { IsSet: true } && _setFor <= at)
            return;
        // Without a timer an alarm goes off when the guest does the next thing.
        if (_timer is null && WallClockTimer.Create(loop, Look, Look, out _timer).IsError)
            return;
        _setFor = at;
        _timer!.StartAt(TimeOf(at));
    }
}
