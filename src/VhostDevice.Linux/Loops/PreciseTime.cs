// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux;

/// <summary>
/// The system's time, with timers that expire to some ten microseconds and not to the millisecond. Each timer that was ever set
/// has a descriptor and a thread, so this is for a few.
/// </summary>
public sealed class PreciseTime : TimeProvider
{
    private PreciseTime()
    {
    }

    public static PreciseTime Instance { get; } = new();

    /// <summary>A timer whose callback runs on the timer's own thread, one call at a time. It may be set from any thread.</summary>
    /// <param name="period">Must be infinite: such timers expire once each time they are set.</param>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Timer timer = new(callback, state);
        _ = timer.Change(dueTime, period);
        return timer;
    }

    // The descriptor belongs to the thread once there is one, so that ending a timer never waits for its callback.
    private sealed class Timer(TimerCallback callback, object? state) : ITimer
    {
        private readonly Lock _lock = new();
        private OwnedFd? _fd;
        private bool _isEnded;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            ArgumentOutOfRangeException.ThrowIfNotEqual(period, Timeout.InfiniteTimeSpan);
            lock (_lock)
            {
                if (_isEnded)
                    return false;
                bool isSet = dueTime != Timeout.InfiniteTimeSpan;
                if (_fd is null && (!isSet || !TryBegin()))
                    return !isSet;
                return (isSet ? TimerFd.Set(_fd!.Fd, dueTime, TimeSpan.Zero) : TimerFd.Cancel(_fd!.Fd)).IsSuccess;
            }
        }

        public void Dispose()
        {
            lock (_lock)
            {
                _isEnded = true;
                if (_fd is not null)
                    _ = TimerFd.Set(_fd.Fd, TimeSpan.Zero, TimeSpan.Zero);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private bool TryBegin()
        {
            if (TimerFd.Create(out _fd).IsError)
                return false;
            new Thread(Run, 256 * 1024) { IsBackground = true, Name = "timer" }.Start();
            return true;
        }

        private void Run()
        {
            OwnedFd fd = _fd!;
            while (EventFd.Wait(fd.Fd, Timeout.Infinite))
            {
                lock (_lock)
                {
                    if (_isEnded)
                        break;
                }

                // EAGAIN: it was set anew or cancelled between the wake-up and now.
                if (EventFd.Consume(fd.Fd, out _).IsSuccess)
                    callback(state);
            }

            lock (_lock)
            {
                _isEnded = true;
                fd.Dispose();
                _fd = null;
            }
        }
    }
}
