// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.CommandLine.Parsing;
using System.Globalization;

namespace VhostDevice.Program.CommandLine;

/// <summary>Parsers for numbers: decimal, a leading '+' allowed, nothing else around them.</summary>
internal static class Numbers
{
    internal static uint U32(ArgumentResult result) => Parse<uint>(result);

    /// <summary>A file descriptor.</summary>
    internal static int Descriptor(ArgumentResult result) => Parse<int>(result);

    internal static ulong U64(ArgumentResult result) => Parse<ulong>(result);

    internal static UInt128 U128(ArgumentResult result) => Parse<UInt128>(result);

    /// <summary>A number of bytes; K, M, G or T behind it stands for 2^10, 2^20, 2^30 or 2^40 times as many.</summary>
    internal static ulong Bytes(ArgumentResult result)
    {
        string text = result.Tokens[^1].Value;
        int power = text.Length < 2 ? -1 : "KMGT".IndexOf(char.ToUpperInvariant(text[^1]), StringComparison.Ordinal);
        if (power < 0)
            return U64(result);
        int shift = 10 * (power + 1);
        string digits = text.StartsWith('+') ? text[1..^1] : text[..^1];
        if (ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out ulong value) && value <= ulong.MaxValue >> shift)
            return value << shift;
        result.AddError($"'{text}' is no number of bytes, which {OptionName(result)} takes: such as 4096, 64K or 1M");
        return 0;
    }

    private static T Parse<T>(ArgumentResult result)
        where T : struct, System.Numerics.IBinaryInteger<T>, System.Numerics.IMinMaxValue<T>
    {
        string text = result.Tokens[^1].Value;
        if (T.TryParse(text.StartsWith('+') ? text[1..] : text, NumberStyles.None, CultureInfo.InvariantCulture, out T value))
            return value;
        result.AddError($"'{text}' is not a number from 0 to {T.MaxValue}, which {OptionName(result)} takes");
        return default;
    }

    private static string OptionName(ArgumentResult result) => result.Parent is OptionResult o ? o.Option.Name : "the argument";
}
