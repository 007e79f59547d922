// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Boards.Input;

/// <summary>Which keys of a keyboard make a character, once the guest has the same layout.</summary>
internal sealed class KeyLayout
{
    internal const int Shift = 42, AltGr = 100, Space = 57;

    // The keys of the rows from left to right: GRAVE to EQUAL, Q to RIGHTBRACE, A to APOSTROPHE, BACKSLASH, 102ND, Z to SLASH.
    private static readonly int[] s_codes =
    [
        41, .. Enumerable.Range(2, 12), .. Enumerable.Range(16, 12), .. Enumerable.Range(30, 11), 43, 86, .. Enumerable.Range(44, 10),
    ];

    // A letter with an accent, the accent, the letter.
    private static readonly string[] s_accented =
    [
        "á´a", "é´e", "í´i", "ó´o", "ú´u", "ý´y", "Á´A", "É´E", "Í´I", "Ó´O", "Ú´U", "Ý´Y",
        "à`a", "è`e", "ì`i", "ò`o", "ù`u", "À`A", "È`E", "Ì`I", "Ò`O", "Ù`U",
        "â^a", "ê^e", "î^i", "ô^o", "û^u", "Â^A", "Ê^E", "Î^I", "Ô^O", "Û^U",
        "ä¨a", "ë¨e", "ï¨i", "ö¨o", "ü¨u", "ÿ¨y", "Ä¨A", "Ë¨E", "Ï¨I", "Ö¨O", "Ü¨U",
    ];

    private readonly Dictionary<char, KeyStroke[]> _strokes = [];

    private KeyLayout(string name, string plain, string shifted, string altGr, string dead)
    {
        Name = name;
        for (int i = 0; i < s_codes.Length; i++)
        {
            Add(plain[i], new KeyStroke(s_codes[i], NeedsShift: false, NeedsAltGr: false), dead);
            Add(shifted[i], new KeyStroke(s_codes[i], NeedsShift: true, NeedsAltGr: false), dead);
        }

        // Pairs: the character of the key, and the one with AltGr.
        for (int i = 0; i + 1 < altGr.Length; i += 2)
            Add(altGr[i + 1], new KeyStroke(s_codes[plain.IndexOf(altGr[i], StringComparison.Ordinal)], NeedsShift: false, NeedsAltGr: true), dead);
        _strokes[' '] = [new KeyStroke(Space, false, false)];
        _strokes['\n'] = [new KeyStroke(28, false, false)];
        _strokes['\t'] = [new KeyStroke(15, false, false)];
        foreach (string accented in s_accented)
        {
            // An accent that is dead is followed by a space when it stands alone.
            if (!_strokes.ContainsKey(accented[0]) && dead.Contains(accented[1], StringComparison.Ordinal)
                && _strokes.TryGetValue(accented[2], out KeyStroke[]? letter))
                _strokes[accented[0]] = [_strokes[accented[1]][0], .. letter];
        }
    }

    internal static IReadOnlyList<KeyLayout> All { get; } =
    [
        new(
            "us",
            "`1234567890-=qwertyuiop[]asdfghjkl;'\\\0zxcvbnm,./",
            "~!@#$%^&*()_+QWERTYUIOP{}ASDFGHJKL:\"|\0ZXCVBNM<>?",
            "",
            ""),
        new(
            "gb",
            "`1234567890-=qwertyuiop[]asdfghjkl;'#\\zxcvbnm,./",
            "¬!\"£$%^&*()_+QWERTYUIOP{}ASDFGHJKL:@~|ZXCVBNM<>?",
            "4€`¦",
            ""),
        new(
            "de",
            "^1234567890ß´qwertzuiopü+asdfghjklöä#<yxcvbnm,.-",
            "°!\"§$%&/()=?`QWERTZUIOPÜ*ASDFGHJKLÖÄ'>YXCVBNM;:_",
            "2²3³7{8[9]0}ß\\q@e€+~<|mµ",
            "^´`"),
        new(
            "fr",
            "²&é\"'(-è_çà)=azertyuiop^$qsdfghjklmù*<wxcvbn,;:!",
            "\u00001234567890°+AZERTYUIOP¨£QSDFGHJKLM%µ>WXCVBN?./§",
            "é~\"#'{([-|è`_\\à@)]=}e€",
            "^¨"),
        new(
            "es",
            "º1234567890'¡qwertyuiop`+asdfghjklñ´ç<zxcvbnm,.-",
            "ª!\"·$%&/()=?¿QWERTYUIOP^*ASDFGHJKLÑ¨Ç>ZXCVBNM;:_",
            "º\\1|2@3#e€`[+]ç}",
            "`´^¨"),
    ];

    internal string Name { get; }

    internal static KeyLayout Find(string name) => All.First(l => l.Name == name);

    /// <summary>The keys to press one after the other.</summary>
    /// <returns>Null: the layout does not have the character.</returns>
    internal KeyStroke[]? StrokesOf(char character) => _strokes.GetValueOrDefault(character);

    private void Add(char character, KeyStroke stroke, string dead)
    {
        if (character == '\0')
            return;
        bool isDead = dead.Contains(character, StringComparison.Ordinal);
        _strokes.TryAdd(character, isDead ? [stroke, new KeyStroke(Space, false, false)] : [stroke]);
    }
}

/// <summary>A key with what has to be held meanwhile.</summary>
internal readonly record struct KeyStroke(int Code, bool NeedsShift, bool NeedsAltGr);
