// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Rtc;

/// <summary>The clocks of a socket with their alarms; they outlive its connections.</summary>
public sealed class RtcClocks
{
    private readonly RtcClock[] _clocks;
    private readonly RtcAlarm[] _alarms;

    /// <param name="clocks">Their places are the ids that the driver knows them by.</param>
    /// <param name="offersAlarms">Whether drivers may set alarms.</param>
    /// <param name="counter">The counter of the guest's processor for cross time stamps; null: not known.</param>
    public RtcClocks(IReadOnlyList<RtcClock> clocks, bool offersAlarms, GuestCounter? counter = null)
    {
        Counter = counter;
        _clocks = [.. clocks];
        _alarms = new RtcAlarm[_clocks.Length];
        for (int i = 0; i < _alarms.Length; i++)
        {
            _alarms[i] = new RtcAlarm();
            HasAlarms |= offersAlarms && _clocks[i].HasAlarm;
        }
    }

    /// <summary>Raised when a clock has been set, on any thread: what is left until an alarm is another time.</summary>
    public event Action? Changed;

    public int Count => _clocks.Length;

    /// <summary>The counter of the guest's processor, if its relation to the host's is known.</summary>
    public GuestCounter? Counter { get; }

    /// <summary>Whether any clock has an alarm.</summary>
    public bool HasAlarms { get; }

    public RtcClock this[int id] => _clocks[id];

    public RtcAlarm AlarmOf(int id) => _alarms[id];

    /// <summary>Has the first clock with a time of day show a time; the others of them move by as much.</summary>
    /// <param name="nanoseconds">From 1970 on.</param>
    /// <returns>ENODEV when no clock shows a time of day.</returns>
    public Errno Set(long nanoseconds)
    {
        foreach (RtcClock clock in _clocks)
        {
            if (!clock.IsTimeOfDay)
                continue;
            Errno errno = clock.ReadLine(out long now);
            return errno.IsSuccess ? Step(GuestTime.Clamp((decimal)clock.LineAt(nanoseconds) - now)) : errno;
        }

        return Errno.ENODEV;
    }

    /// <summary>Steps what shows a time of day; a monotonic clock does not jump.</summary>
    /// <param name="nanoseconds">Forward, or back if it is negative; with a table of leap seconds these count, too.</param>
    public Errno Step(long nanoseconds) =>
        Change((time, host) => time.Step(host, nanoseconds), static clock => clock.IsTimeOfDay);

    /// <summary>Has all clocks go at another pace from now on; see <see cref="GuestTime.Rate"/>.</summary>
    public Errno Go(double rate) => Change((time, host) => time.Go(host, rate), static _ => true);

    /// <summary>Raises <see cref="Changed"/>.</summary>
    private Errno Change(Action<GuestTime, long> change, Func<RtcClock, bool> isMeant)
    {
        foreach (RtcClock clock in _clocks)
        {
            if (!isMeant(clock))
                continue;
            Errno errno = clock.ReadHost(out long host);
            if (errno.IsError)
                return errno;
            change(clock.Time, host);
        }

        Changed?.Invoke();
        return Errno.Success;
    }
}
