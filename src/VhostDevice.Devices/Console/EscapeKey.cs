// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Console;

/// <summary>A key as a user writes it: <c>^]</c>, <c>a</c>, or <c>none</c>.</summary>
internal static class EscapeKey
{
    internal const string Form = "a character, ^ and a letter or one of @ [ ] \\ ^ _ for a control key, or none";

    internal static bool TryParse(string text, out byte? key)
    {
        key = null;
        if (text == "none")
            return true;
        if (text.Length == 1 && char.IsAscii(text[0]))
            key = (byte)text[0];
        else if (text.Length == 2 && text[0] == '^' && char.ToUpperInvariant(text[1]) is >= '@' and <= '_' and char c)
            key = (byte)(c - '@');
        return key is not null;
    }
}
