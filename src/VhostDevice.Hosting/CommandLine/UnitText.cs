// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;

namespace VhostDevice.Hosting.CommandLine;

/// <summary>
/// Numbers as people write them, in one grammar for all options and keys: decimal, a leading '+' allowed, the unit right behind,
/// nothing else around them.
/// </summary>
public static class UnitText
{
    /// <param name="unit">What a bare number counts, and so which suffixes it may have.</param>
    /// <param name="value">In that unit.</param>
    public static NumberText Read(string text, NumberUnit unit, out ulong value)
    {
        value = 0;
        int end = text.Length;
        while (end > 0 && char.IsAsciiLetter(text[end - 1]))
            end--;
        int start = text.StartsWith('+') ? 1 : 0;
        ulong times = Times(text[end..], unit);
        if (times == 0 || start == end)
            return NumberText.None;
        foreach (char digit in text.AsSpan(start, end - start))
        {
            if (!char.IsAsciiDigit(digit))
                return NumberText.None;
        }

        if (!ulong.TryParse(text.AsSpan(start, end - start), NumberStyles.None, CultureInfo.InvariantCulture, out ulong number)
            || number > ulong.MaxValue / times)
            return NumberText.TooLarge;
        value = number * times;
        return NumberText.Number;
    }

    /// <summary>The unit of a bare number; empty: none.</summary>
    public static string Name(NumberUnit unit) => unit switch
    {
        NumberUnit.Bytes => "bytes",
        NumberUnit.Mebibytes => "MiB",
        NumberUnit.Microseconds => "microseconds",
        NumberUnit.Milliseconds => "milliseconds",
        _ => "",
    };

    /// <summary>What may stand behind a number, for a message.</summary>
    public static string Suffixes(NumberUnit unit) => unit switch
    {
        NumberUnit.Bytes => ", or with K, M, G or T behind it, such as 64K",
        NumberUnit.Mebibytes => ", or with G or T behind it, such as 2G",
        NumberUnit.Microseconds => ", or with ms or s behind it, such as 2ms",
        NumberUnit.Milliseconds => ", or with s behind it, such as 2s",
        _ => "",
    };

    // How many bare units it stands for; 0: there is no such suffix.
    private static ulong Times(string suffix, NumberUnit unit) => (unit, suffix) switch
    {
        (_, "") => 1,
        (NumberUnit.Bytes, _) => BytesIn(suffix),
        (NumberUnit.Mebibytes, _) => BytesIn(suffix) >> 20,
        (NumberUnit.Microseconds, "us") or (NumberUnit.Milliseconds, "ms") => 1,
        (NumberUnit.Microseconds, "ms") or (NumberUnit.Milliseconds, "s") => 1000,
        (NumberUnit.Microseconds, "s") => 1_000_000,
        _ => 0,
    };

    private static ulong BytesIn(string suffix) => suffix switch
    {
        "K" or "k" or "KiB" => 1UL << 10,
        "M" or "m" or "MiB" => 1UL << 20,
        "G" or "g" or "GiB" => 1UL << 30,
        "T" or "t" or "TiB" => 1UL << 40,
        _ => 0,
    };
}
