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
