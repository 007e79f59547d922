// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Rtc;

/// <summary>
/// What a clock that shows UTC shows for each moment of TAI: straight pieces, between leap seconds as fast as TAI, and
/// around each as <see cref="LeapSmear"/> says. Times are nanoseconds from 1970 on, each by its own reckoning.
/// </summary>
public sealed class UtcScale
{
    private const long Second = 1_000_000_000;
    private const long HalfDay = 43_200 * Second;
    private const long SlsSpan = 1000 * Second;

    private readonly Piece[] _pieces;

    /// <param name="table">When there are leap seconds.</param>
    /// <param name="smear">How it gets over them.</param>
    public UtcScale(LeapSeconds table, LeapSmear smear)
    {
        List<Piece> pieces = [];
        long ahead = table.Entries[0].Ahead * Second;
        pieces.Add(Piece.Straight(ahead, 0));
        foreach (LeapEntry entry in table.Entries.Skip(1))
        {
            long end = entry.From * Second, next = entry.Ahead * Second;
            // By TAI: the leap second's end, or that of the second before the one that is left out.
            long over = end + next;
            switch (smear)
            {
                case LeapSmear.NoonLinear:
                    pieces.Add(Piece.Between(end - HalfDay + ahead, end - HalfDay, over + HalfDay, end + HalfDay));
                    pieces.Add(Piece.Straight(over + HalfDay, end + HalfDay));
                    break;
                case LeapSmear.UtcSls:
                    pieces.Add(Piece.Between(over - SlsSpan, over - SlsSpan - ahead, over, end));
                    pieces.Add(Piece.Straight(over, end));
                    break;
                default:
                    long at = Math.Min(end + ahead, over);
                    pieces.Add(Piece.Straight(at, at - next));
                    break;
            }

            ahead = next;
        }

        _pieces = [.. pieces];
    }

    /// <summary>What it shows at a moment of TAI.</summary>
    public long FromTai(long tai)
    {
        // The last ones are the likely ones.
        int i = _pieces.Length - 1;
        while (i > 0 && tai < _pieces[i].Tai)
            i--;
        return _pieces[i].Of(tai);
    }

    /// <summary>The first moment of TAI at which it shows a time, or a later one.</summary>
    public long ToTai(long shown)
    {
        for (int i = 0; i < _pieces.Length - 1; i++)
        {
            long tai = _pieces[i].WhenIs(shown);
            if (i > 0)
                tai = Math.Max(tai, _pieces[i].Tai);
            if (tai < _pieces[i + 1].Tai)
                return tai;
        }

        return _pieces.Length == 1 ? _pieces[0].WhenIs(shown) : Math.Max(_pieces[^1].WhenIs(shown), _pieces[^1].Tai);
    }

    /// <summary>From a moment of TAI on: what it shows then, and how much of it passes in how much of TAI.</summary>
    private readonly record struct Piece(long Tai, long Shown, long Passes, long In)
    {
        internal static Piece Straight(long tai, long shown) => new(tai, shown, 1, 1);

        internal static Piece Between(long tai, long shown, long taiEnd, long shownEnd) => new(tai, shown, shownEnd - shown, taiEnd - tai);

        internal long Of(long tai) => Clamp(Shown + Floor(((Int128)tai - Tai) * Passes, In));

        internal long WhenIs(long shown) => Clamp(Tai - Floor(((Int128)Shown - shown) * In, Passes));

        private static Int128 Floor(Int128 dividend, long divisor)
        {
            (Int128 quotient, Int128 rest) = Int128.DivRem(dividend, divisor);
            return rest < 0 ? quotient - 1 : quotient;
        }

        private static long Clamp(Int128 nanoseconds) =>
            nanoseconds <= long.MinValue ? long.MinValue : nanoseconds >= long.MaxValue ? long.MaxValue : (long)nanoseconds;
    }
}
