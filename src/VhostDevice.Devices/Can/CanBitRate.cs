// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;

namespace VhostDevice.Devices.Can;

/// <summary>How fast a simulated bus is, in bits per second.</summary>
/// <param name="Nominal">Of classic frames, and of the head and the end of FD frames; 1000 to 1000000.</param>
/// <param name="Data">Of the data of FD frames, at least the nominal one, at most 8000000.</param>
public readonly record struct CanBitRate(int Nominal, int Data)
{
    /// <summary>The slowest bus.</summary>
    public const int Least = 1_000;

    /// <summary>The fastest nominal rate (ISO 11898-1).</summary>
    public const int MostNominal = 1_000_000;

    /// <summary>The fastest rate of data that transceivers are made for.</summary>
    public const int MostData = 8_000_000;

    /// <summary>What can be written, for messages.</summary>
    internal const string Forms = "1k to 1M bits per second, or 500k/2M: with another rate, up to 8M, for the data of FD frames";

    /// <summary>Reads <c>500k</c>, <c>1M</c>, <c>125000</c>, or with another rate for the data of FD frames <c>500k/2M</c>.</summary>
    public static bool TryParse(string text, out CanBitRate rate)
    {
        string[] parts = text.Split('/');
        rate = default;
        if (parts.Length > 2 || !TryRead(parts[0], Least, MostNominal, out int nominal))
            return false;
        int data = nominal;
        if (parts.Length == 2 && !TryRead(parts[1], nominal, MostData, out data))
            return false;
        rate = new CanBitRate(nominal, data);
        return true;
    }

    /// <summary>As <see cref="TryParse"/> reads it.</summary>
    public override string ToString() => Data == Nominal ? Text(Nominal) : $"{Text(Nominal)}/{Text(Data)}";

    private static bool TryRead(string text, int from, int to, out int value)
    {
        int unit = text.EndsWith('k') ? 1_000 : text.EndsWith('M') ? 1_000_000 : 1;
        bool isNumber = int.TryParse(unit > 1 ? text[..^1] : text, NumberStyles.None, CultureInfo.InvariantCulture, out int number);
        long all = (long)number * unit;
        value = (int)Math.Min(all, int.MaxValue);
        return isNumber && all >= from && all <= to;
    }

    private static string Text(int rate) => rate % 1_000_000 == 0 ? $"{rate / 1_000_000}M" : rate % 1_000 == 0 ? $"{rate / 1_000}k" : $"{rate}";
}
