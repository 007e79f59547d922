// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Rtc;

/// <summary>
/// What a clock shows for each moment of the host's: the same, shifted, faster or slower, or always the same. Times are in
/// nanoseconds from 1970 on, or from whatever zero the host's clock has. Thread-safe: guests read, without a lock, while somebody sets it.
/// </summary>
public sealed class GuestTime
{
    /// <summary>The slowest pace that is one.</summary>
    public const double MinRate = 0.001;

    /// <summary>The quickest pace.</summary>
    public const double MaxRate = 1000;

    private readonly Lock _setting = new();
    private volatile Line _line = new(0, 0, 1);

    /// <summary>Whether it stands still.</summary>
    public bool IsFrozen => Rate == 0;

    /// <summary>How many seconds pass in one of the host's; 0: it stands still.</summary>
    public double Rate => _line.Rate;

    /// <summary>What the clock shows at a moment of the host's.</summary>
    public long Of(long host) => _line.Of(host);

    /// <summary>When, by the host's clock, it will show a time, or has shown it; null: never.</summary>
    public long? WhenIs(long guest) => _line.WhenIs(guest);

    /// <summary>From a moment of the host's on it shows another time.</summary>
    public void Set(long host, long guest)
    {
        lock (_setting)
            _line = new Line(host, guest, _line.Rate);
    }

    /// <summary>From a moment of the host's on it shows what is so much later, at most the last time that there is.</summary>
    public void Step(long host, long nanoseconds)
    {
        lock (_setting)
            _line = new Line(host, Clamp((decimal)_line.Of(host) + nanoseconds), _line.Rate);
    }

    /// <summary>From a moment of the host's on it goes at another pace; see <see cref="Rate"/>.</summary>
    /// <param name="rate">0, or from 0.001 to 1000.</param>
    public void Go(long host, double rate)
    {
        if (rate is not (0 or (>= MinRate and <= MaxRate)))
            throw new ArgumentOutOfRangeException(nameof(rate));
        lock (_setting)
            _line = new Line(host, _line.Of(host), rate);
    }

    internal static long Clamp(decimal nanoseconds) =>
        nanoseconds <= long.MinValue ? long.MinValue : nanoseconds >= long.MaxValue ? long.MaxValue : (long)nanoseconds;

    // Never changed, but replaced: who reads needs no lock.
    private sealed record Line(long Host, long Guest, double Rate)
    {
        // As fast as the host's is what guests ask for again and again; decimal numbers take tens of nanoseconds.
        internal long Of(long host) => Rate == 1
            ? (long)Int128.Clamp((Int128)Guest + host - Host, long.MinValue, long.MaxValue)
            : Clamp(Guest + (((decimal)host - Host) * (decimal)Rate));

        internal long? WhenIs(long guest)
        {
            if (Rate == 0)
                return guest <= Guest ? Host : null;
            decimal passed = (decimal)guest - Guest;
            // Not before it shows that time.
            return Clamp(Host + (Rate == 1 ? passed : Math.Ceiling(passed / (decimal)Rate)));
        }
    }
}
