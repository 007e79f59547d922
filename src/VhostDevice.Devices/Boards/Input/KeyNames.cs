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

    // A list begins with the code of its first name; a dash is a code without a name of use here.
    private static readonly string[] s_lists =
    [
        "1 ESC 1 2 3 4 5 6 7 8 9 0 MINUS EQUAL BACKSPACE TAB Q W E R T Y U I O P LEFTBRACE RIGHTBRACE ENTER LEFTCTRL "
        + "A S D F G H J K L SEMICOLON APOSTROPHE GRAVE LEFTSHIFT BACKSLASH Z X C V B N M COMMA DOT SLASH RIGHTSHIFT "
        + "KPASTERISK LEFTALT SPACE CAPSLOCK F1 F2 F3 F4 F5 F6 F7 F8 F9 F10 NUMLOCK SCROLLLOCK KP7 KP8 KP9 KPMINUS "
        + "KP4 KP5 KP6 KPPLUS KP1 KP2 KP3 KP0 KPDOT - ZENKAKUHANKAKU 102ND F11 F12 RO KATAKANA HIRAGANA HENKAN "
        + "KATAKANAHIRAGANA MUHENKAN KPJPCOMMA KPENTER RIGHTCTRL KPSLASH SYSRQ RIGHTALT LINEFEED HOME UP PAGEUP LEFT "
        + "RIGHT END DOWN PAGEDOWN INSERT DELETE MACRO MUTE VOLUMEDOWN VOLUMEUP POWER KPEQUAL KPPLUSMINUS PAUSE SCALE "
        + "KPCOMMA HANGEUL HANJA YEN LEFTMETA RIGHTMETA COMPOSE STOP AGAIN PROPS UNDO FRONT COPY OPEN PASTE FIND CUT HELP "
        + "MENU CALC - SLEEP WAKEUP",
        "163 NEXTSONG PLAYPAUSE PREVIOUSSONG",
        "183 F13 F14 F15 F16 F17 F18 F19 F20 F21 F22 F23 F24",
        "275 SIDE EXTRA FORWARD BACK",
        "304 SOUTH EAST - NORTH WEST - TL TR TL2 TR2 SELECT START MODE THUMBL THUMBR",
        "544 DPAD_UP DPAD_DOWN DPAD_LEFT DPAD_RIGHT",
    ];

    /// <summary>Keys that a keyboard has, codes 1 to this.</summary>
    internal const int LastOfKeyboard = 143;

    /// <summary>A key by its name, in any case, with or without KEY_ or BTN_.</summary>
    internal static bool TryFind(string name, out int code)
    {
        ReadOnlySpan<char> bare = name;
        if (bare.StartsWith("KEY_", StringComparison.OrdinalIgnoreCase) || bare.StartsWith("BTN_", StringComparison.OrdinalIgnoreCase))
            bare = bare[4..];
        foreach (string list in s_lists)
        {
            // The first word is the code of the second.
            code = 0;
            foreach (Range range in list.AsSpan().Split(' '))
            {
                ReadOnlySpan<char> word = list.AsSpan(range);
                if (code == 0)
                    code = int.Parse(word, CultureInfo.InvariantCulture);
                else if (word.Equals(bare, StringComparison.OrdinalIgnoreCase) && word is not "-")
                    return true;
                else
                    code++;
            }
        }

        code = 0;
        return false;
    }
}
