// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;

namespace VhostDevice.Devices.Boards.Input;

/// <summary>Names of keys and buttons, as linux/input-event-codes.h has them, without KEY_ and BTN_.</summary>
internal static class KeyNames
{
    internal const int Left = 0x110, Right = 0x111, Middle = 0x112, Side = 0x113, Extra = 0x114;
    internal const int South = 0x130, ThumbRight = 0x13E, ToolPen = 0x140, ToolFinger = 0x145, ToolQuint = 0x148, Touch = 0x14A, Stylus = 0x14B;
    internal const int ToolDouble = 0x14D, ToolTriple = 0x14E, ToolQuad = 0x14F;
    internal const int DpadUp = 0x220;

    // Numbers are where the code goes on; a dash is a code without a name of use here.
    private const string Listed =
        "1 ESC 1 2 3 4 5 6 7 8 9 0 MINUS EQUAL BACKSPACE TAB Q W E R T Y U I O P LEFTBRACE RIGHTBRACE ENTER LEFTCTRL "
        + "A S D F G H J K L SEMICOLON APOSTROPHE GRAVE LEFTSHIFT BACKSLASH Z X C V B N M COMMA DOT SLASH RIGHTSHIFT "
        + "KPASTERISK LEFTALT SPACE CAPSLOCK F1 F2 F3 F4 F5 F6 F7 F8 F9 F10 NUMLOCK SCROLLLOCK KP7 KP8 KP9 KPMINUS "
        + "KP4 KP5 KP6 KPPLUS KP1 KP2 KP3 KP0 KPDOT - ZENKAKUHANKAKU 102ND F11 F12 RO KATAKANA HIRAGANA HENKAN "
        + "KATAKANAHIRAGANA MUHENKAN KPJPCOMMA KPENTER RIGHTCTRL KPSLASH SYSRQ RIGHTALT LINEFEED HOME UP PAGEUP LEFT "
        + "RIGHT END DOWN PAGEDOWN INSERT DELETE MACRO MUTE VOLUMEDOWN VOLUMEUP POWER KPEQUAL KPPLUSMINUS PAUSE SCALE "
        + "KPCOMMA HANGEUL HANJA YEN LEFTMETA RIGHTMETA COMPOSE STOP AGAIN PROPS UNDO FRONT COPY OPEN PASTE FIND CUT HELP "
        + "MENU CALC - SLEEP WAKEUP";

    private static readonly Dictionary<string, int> s_keys = Read();

    /// <summary>Keys that a keyboard has, codes 1 to this.</summary>
    internal const int LastOfKeyboard = 143;

    /// <summary>A key by its name, in any case, with or without KEY_ or BTN_.</summary>
    internal static bool TryFind(string name, out int code)
    {
        string bare = name.ToUpperInvariant();
        if (bare.StartsWith("KEY_", StringComparison.Ordinal) || bare.StartsWith("BTN_", StringComparison.Ordinal))
            bare = bare[4..];
        return s_keys.TryGetValue(bare, out code);
    }

    private static Dictionary<string, int> Read()
    {
        Dictionary<string, int> keys = [];
        string[] listed = Listed.Split(' ');
        int code = int.Parse(listed[0], CultureInfo.InvariantCulture);
        foreach (string name in listed.AsSpan(1))
            keys.TryAdd(name == "-" ? $"-{code}" : name, code++);
        (string Names, int First)[] others =
        [
            ("NEXTSONG PLAYPAUSE PREVIOUSSONG", 163),
            ("F13 F14 F15 F16 F17 F18 F19 F20 F21 F22 F23 F24", 183),
            ("BTN-LEFT BTN-RIGHT BTN-MIDDLE SIDE EXTRA FORWARD BACK", Left),
            ("SOUTH EAST BTN-C NORTH WEST BTN-Z TL TR TL2 TR2 SELECT START MODE THUMBL THUMBR", South),
            ("DPAD_UP DPAD_DOWN DPAD_LEFT DPAD_RIGHT", DpadUp),
        ];
        foreach ((string names, int first) in others)
        {
            int next = first;
            foreach (string name in names.Split(' '))
                keys.TryAdd(name, next++);
        }

        return keys;
    }
}
