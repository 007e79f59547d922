// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;

namespace VhostDevice.Devices.Boards.Can.Logs;

/// <summary>Seconds with a fraction, as recordings write them.</summary>
internal static class LogTime
{
    internal const long PerSecond = 1_000_000_000;

    private const long MaxSeconds = long.MaxValue / PerSecond - 1;
    private const int MaxDigits = 9;

    /// <summary>Reads <c>12.345678</c>; digits beyond nanoseconds are left out.</summary>
    internal static bool TryRead(ReadOnlySpan<char> text, out long nanoseconds)
    {
        nanoseconds = 0;
        int dot = text.IndexOf('.');
        ReadOnlySpan<char> whole = dot < 0 ? text : text[..dot];
        if (!long.TryParse(whole, NumberStyles.None, CultureInfo.InvariantCulture, out long seconds) || seconds > MaxSeconds)
            return false;
        long fraction = 0;
        int digits = 0;
        foreach (char digit in dot < 0 ? default : text[(dot + 1)..])
        {
            if (!char.IsAsciiDigit(digit))
                return false;
            if (digits == MaxDigits)
                continue;
            fraction = (fraction * 10) + (digit - '0');
            digits++;
        }

        for (; digits < MaxDigits; digits++)
            fraction *= 10;
        nanoseconds = (seconds * PerSecond) + fraction;
        return true;
    }
}
