// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;

namespace VhostDevice.Devices.Rtc;

/// <summary>
/// When there are leap seconds: how far TAI is ahead of UTC, from when on. The text is that of leap-seconds.list, as IERS
/// publishes it and the package tzdata brings it: lines of seconds since 1900 and seconds of difference.
/// </summary>
public sealed class LeapSeconds
{
    /// <summary>Where the package tzdata has it.</summary>
    public const string UsualPlace = "/usr/share/zoneinfo/leap-seconds.list";

    /// <summary>Characters of a text: a hundred times what there is after half a century.</summary>
    public const int MaxLength = 1 << 20;

    private const long Year1970 = 2_208_988_800; // seconds since 1900
    private const long LastSecond = 9_000_000_000; // fits nanoseconds in 63 bits
    private const long MaxDifference = 1000;
    private const long LeastSeconds = 2 * 86_400; // smearing takes a day
    private const int MaxEntries = 1000;

    private readonly List<LeapEntry> _entries = [];

    private LeapSeconds()
    {
    }

    /// <summary>When somebody may have announced a leap second that is not in it; null: it does not say.</summary>
    public DateTimeOffset? Expires { get; private set; }

    /// <summary>In the order of time; at least one. Times before the first have the same difference.</summary>
    internal IReadOnlyList<LeapEntry> Entries => _entries;

    /// <summary>Reads a text.</summary>
    /// <param name="problem">For people, with the line: what is wrong there.</param>
    public static bool TryRead(string text, out LeapSeconds table, out string problem)
    {
        table = new LeapSeconds();
        problem = text.Length > MaxLength ? $"it is longer than {MaxLength} characters" : "";
        int number = 0;
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            number++;
            if (problem.Length > 0)
                break;
            if (table.Take(line) is { } wrong)
                problem = $"line {number}: {wrong}";
        }

        if (problem.Length == 0 && table._entries.Count == 0)
            problem = "it has no line such as '3692217600 37' (seconds since 1900, TAI ahead of UTC)";
        return problem.Length == 0;
    }

    private string? Take(ReadOnlySpan<char> line)
    {
        if (line.StartsWith("#@"))
        {
            if (!TryTime(line[2..].Trim(), out long expires))
                return "'#@' is followed by seconds since 1900, when the list expires";
            Expires = DateTimeOffset.FromUnixTimeSeconds(expires);
            return null;
        }

        int comment = line.IndexOf('#');
        ReadOnlySpan<char> rest = (comment < 0 ? line : line[..comment]).Trim();
        if (rest.IsEmpty)
            return null;
        int blank = rest.IndexOfAny(' ', '\t');
        if (blank < 0
            || !TryTime(rest[..blank], out long from)
            || !int.TryParse(rest[blank..].Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int ahead))
            return "it is not two numbers, seconds since 1900 and seconds that TAI is ahead of UTC: use a file such as leap-seconds.list";
        if (Math.Abs(ahead) > MaxDifference)
            return $"TAI is not {ahead} seconds ahead of UTC: at most {MaxDifference}";
        if (_entries.Count == MaxEntries)
            return $"there are more than {MaxEntries} lines of leap seconds";
        if (_entries.Count > 0 && (from < _entries[^1].From + LeastSeconds || Math.Abs(ahead - _entries[^1].Ahead) != 1))
            return "it is not at least two days after the line before it, with one second more or less";
        _entries.Add(new LeapEntry(from, ahead));
        return null;
    }

    private static bool TryTime(ReadOnlySpan<char> digits, out long seconds)
    {
        bool isNumber = long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out seconds);
        seconds -= Year1970;
        return isNumber && seconds is >= -Year1970 and <= LastSecond;
    }
}
