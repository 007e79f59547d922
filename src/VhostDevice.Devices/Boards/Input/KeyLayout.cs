// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Boards.Input;

/// <summary>Which keys of a keyboard make a character, once the guest has the same layout.</summary>
internal sealed class KeyLayout
{
    internal const int Shift = 42, AltGr = 100, Space = 57;

    private static readonly KeyStroke s_space = new(Space), s_enter = new(28), s_tab = new(15);

    // The keys of the rows from left to right: GRAVE to EQUAL, Q to RIGHTBRACE, A to APOSTROPHE, BACKSLASH, 102ND, Z to SLASH.
    private static readonly byte[] s_codes =
    [
        41, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27,
        30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 43, 86, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53,
    ];

    // A letter with an accent, the accent, the letter.
    private static readonly string[] s_accented =
    [
        "á´a", "é´e", "í´i", "ó´o", "ú´u", "ý´y", "Á´A", "É´E", "Í´I", "Ó´O", "Ú´U", "Ý´Y",
        "à`a", "è`e", "ì`i", "ò`o", "ù`u", "À`A", "È`E", "Ì`I", "Ò`O", "Ù`U",
        "â^a", "ê^e", "î^i", "ô^o", "û^u", "Â^A", "Ê^E", "Î^I", "Ô^O", "Û^U",
        "ä¨a", "ë¨e", "ï¨i", "ö¨o", "ü¨u", "ÿ¨y", "Ä¨A", "Ë¨E", "Ï¨I", "Ö¨O", "Ü¨U",
    ];

    private readonly string _plain;
    private readonly string _shifted;
    private readonly string _altGr;
    private readonly string _dead;

    private KeyLayout(string name, string plain, string shifted, string altGr, string dead)
    {
        Name = name;
        _plain = plain;
        _shifted = shifted;
        // Pairs: the character of the key, and the one with AltGr.
        _altGr = altGr;
        _dead = dead;
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

    /// <summary>All names, for people.</summary>
    internal static string Names => "us, gb, de, fr, es";

    internal string Name { get; }

    /// <summary>The layout of that name; null: there is none.</summary>
    internal static KeyLayout? Find(string name)
    {
        foreach (KeyLayout layout in All)
        {
            if (layout.Name == name)
                return layout;
        }

        return null;
    }

    /// <summary>The keys to press one after the other.</summary>
    /// <returns>Null: the layout does not have the character.</returns>
    internal KeyStroke[]? StrokesOf(char character)
    {
        KeyStroke? direct = StrokeOf(character);
        if (direct is not null)
            return IsDead(character) ? [direct, s_space] : [direct];
        foreach (string accented in s_accented)
        {
            // An accent that is dead is followed by a space when it stands alone.
            if (accented[0] == character && IsDead(accented[1]) && StrokeOf(accented[1]) is { } accent && StrokeOf(accented[2]) is { } letter)
                return [accent, letter];
        }

        return null;
    }

    private bool IsDead(char character) => _dead.Contains(character, StringComparison.Ordinal);

    private KeyStroke? StrokeOf(char character)
    {
        switch (character)
        {
            case '\0':
                return null;
            case ' ':
                return s_space;
            case '\n':
                return s_enter;
            case '\t':
                return s_tab;
        }

        int at = _plain.IndexOf(character, StringComparison.Ordinal);
        if (at >= 0)
            return new KeyStroke(s_codes[at]);
        at = _shifted.IndexOf(character, StringComparison.Ordinal);
        if (at >= 0)
            return new KeyStroke(s_codes[at]) { NeedsShift = true };
        for (int i = 0; i + 1 < _altGr.Length; i += 2)
        {
            if (_altGr[i + 1] == character)
                return new KeyStroke(s_codes[_plain.IndexOf(_altGr[i], StringComparison.Ordinal)]) { NeedsAltGr = true };
        }

        return null;
    }
}

/// <summary>A key with what has to be held meanwhile.</summary>
internal sealed class KeyStroke(int code)
{
    internal int Code => code;

    internal bool NeedsShift { get; init; }

    internal bool NeedsAltGr { get; init; }
}
