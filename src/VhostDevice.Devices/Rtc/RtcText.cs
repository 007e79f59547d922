// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;

namespace VhostDevice.Devices.Rtc;

/// <summary>Times, spans and paces as people write them.</summary>
internal static class RtcText
{
    internal const string TimeForm = "a time such as 2038-01-19T03:14:00Z, or seconds since 1970";
    internal const string SpanForm = "seconds, such as 2.5 or -3600";
    internal const string SkewForm = "parts per million, such as 50 or -0.5";
    internal const string RateForm = "a number from 0.001 to 1000, such as 60 for a minute in a second";

    private const decimal NanosecondsPerSecond = 1_000_000_000;
    private const decimal MostSeconds = 9_000_000_000; // what fits 63 bits of nanoseconds

    internal static bool TryTime(string text, out long nanoseconds)
    {
        if (TrySpan(text, out nanoseconds))
            return nanoseconds >= 0;
        if (!DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)
            || time < DateTimeOffset.UnixEpoch)
            return false;
        decimal all = (decimal)(time - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;
        nanoseconds = all <= long.MaxValue ? (long)all : 0;
        return all <= long.MaxValue;
    }

    internal static bool TrySpan(string text, out long nanoseconds)
    {
        const NumberStyles Styles = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint;
        bool isNumber = decimal.TryParse(text, Styles, CultureInfo.InvariantCulture, out decimal seconds)
            && Math.Abs(seconds) <= MostSeconds;
        nanoseconds = isNumber ? (long)(seconds * NanosecondsPerSecond) : 0;
        return isNumber;
    }

    internal static bool TryRate(string text, out double rate) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out rate)
        && rate is >= GuestTime.MinRate and <= GuestTime.MaxRate;

    internal static bool TrySkew(string text, out double rate)
    {
        const NumberStyles Styles = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint;
        bool isNumber = double.TryParse(text, Styles, CultureInfo.InvariantCulture, out double parts);
        rate = 1 + (parts / 1e6);
        return isNumber && rate is >= GuestTime.MinRate and <= GuestTime.MaxRate;
    }

    internal static string Time(ulong nanoseconds) =>
        DateTimeOffset.UnixEpoch.AddTicks((long)(nanoseconds / TimeSpan.NanosecondsPerTick))
            .ToString("yyyy-MM-ddTHH:mm:ss.fffffffZ", CultureInfo.InvariantCulture);
}
