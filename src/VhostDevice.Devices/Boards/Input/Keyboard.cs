// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Text;
using VhostDevice.Devices.Input;

namespace VhostDevice.Devices.Boards.Input;

/// <summary>A keyboard, on which people type text in the layout that the guest has, too.</summary>
internal sealed class Keyboard : InputPart
{
    private const int MaxWaiting = 16_384;
    private const ushort NumLock = 0, CapsLock = 1, ScrollLock = 2, Compose = 3, Kana = 4;

    // Guests lose nothing at this pace, and a line of a shell takes a tenth of a second.
    private static readonly TimeSpan s_pace = TimeSpan.FromMilliseconds(2);

    private readonly StringBuilder _text = new();
    private readonly SwitchParameter _typing;
    private readonly TextParameter _sound;
    private KeyLayout _layout;
    private ITimer? _timer;
    private int _typed;
    private InputEvent _lastSound;

    /// <inheritdoc cref="InputPart(Board, string, string, InputDescription)"/>
    internal Keyboard(Board board, string name)
        : base(board, "keyboard", name, Describe(name))
    {
        _layout = KeyLayout.All[0];
        Parameter(new TextParameter("layout", "", () => _layout.Name, KeyLayout.Names, SetLayout));
        _typing = Parameter(new SwitchParameter("typing", false, readOnly: true));
        ShowLed("num-lock", NumLock);
        ShowLed("caps-lock", CapsLock);
        ShowLed("scroll-lock", ScrollLock);
        ShowLed("compose", Compose);
        ShowLed("kana", Kana);
        _sound = Parameter(new TextParameter("sound", "", () => SoundText));
    }

    internal static IReadOnlyList<PartVerb> KeyboardVerbs { get; } =
    [
        KeyVerb.Verb,
        new(
            "type",
            "keyboard",
            "Type text on a keyboard, in its layout; \\n, \\t, \\s and \\\\ are Enter, Tab, a space and a backslash",
            RunType,
            "TEXT...")
        {
            Example = "kbd0 ls\\n",
        },
    ];

    public override IReadOnlyList<PartVerb> Verbs => KeyboardVerbs;

    private string SoundText => _lastSound.Value == 0 ? "none" : _lastSound.Code switch
    {
        2 => $"{_lastSound.Value} Hz",
        1 => "bell",
        _ => "click",
    };

    public override void Dispose()
    {
        _timer?.Dispose();
        base.Dispose();
    }

    protected override void Show(in InputEvent value)
    {
        if (value.Type != InputTypes.Sound)
            return;
        _lastSound = value;
        _sound.Changed();
    }

    private static InputDescription Describe(string name)
    {
        InputDescription made = new() { Name = $"vhost-device keyboard {name}", Bus = 6, Vendor = 0x0627, Product = 1, Version = 1 };
        for (int key = 1; key <= KeyNames.LastOfKeyboard; key++)
        {
            if (key != 84)
                made.Add(InputTypes.Key, key);
        }

        for (int key = 163; key <= 194; key++)
        {
            if (key is <= 165 or >= 183)
                made.Add(InputTypes.Key, key);
        }

        for (ushort led = NumLock; led <= Kana; led++)
            made.Add(InputTypes.Led, led);
        made.Add(InputTypes.Sound, 0);
        made.Add(InputTypes.Sound, 1);
        made.Add(InputTypes.Sound, 2);
        made.Add(InputTypes.Repeat, 0);
        made.Add(InputTypes.Repeat, 1);
        return made;
    }

    private static string? RunType(BoardPart part, IReadOnlyList<string> words, Action<string> answer)
    {
        Keyboard keyboard = (Keyboard)part;
        if (!TryUnescape(words[0], out string text))
            return "a backslash is followed by n, t, s or another backslash";
        foreach (char character in text)
        {
            if (keyboard._layout.StrokesOf(character) is null)
                return $"the layout {keyboard._layout.Name} has no '{character}'";
        }

        if (keyboard._text.Length + text.Length > MaxWaiting)
            return $"{part.Name} is still typing, and keeps no more than {MaxWaiting} characters: wait until 'typing' is off";
        keyboard._text.Append(text);
        keyboard.Begin();
        return null;
    }

    private static bool TryUnescape(string text, out string plain)
    {
        StringBuilder made = new();
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\')
            {
                made.Append(text[i]);
                continue;
            }

            char next = ++i < text.Length ? text[i] : '\0';
            char meant = next switch { 'n' => '\n', 't' => '\t', 's' => ' ', '\\' => '\\', _ => '\0' };
            plain = "";
            if (meant == '\0')
                return false;
            made.Append(meant);
        }

        plain = made.ToString();
        return true;
    }

    private bool SetLayout(string name)
    {
        if (KeyLayout.Find(name) is not { } found)
            return false;
        _layout = found;
        return true;
    }

    private void Begin()
    {
        if (_typing.Now || _text.Length == 0)
            return;
        _typing.Value = true;
        _timer ??= Board.Time.CreateTimer(static k => ((Keyboard)k!).Next(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(TimeSpan.Zero, s_pace);
    }

    private void Next()
    {
        lock (Board.Gate)
        {
            if (_typed < _text.Length)
            {
                char character = _text[_typed++];
                // The layout may have changed meanwhile.
                foreach (KeyStroke stroke in _layout.StrokesOf(character) ?? [])
                    Press(stroke, char.IsLetter(character) && stroke.Code != KeyLayout.Space && IsLit(CapsLock));
                return;
            }

            _timer?.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _text.Clear();
            _typed = 0;
            _typing.Value = false;
        }
    }

    private void Press(KeyStroke stroke, bool isCapital)
    {
        bool shift = stroke.NeedsShift != isCapital;
        if (shift)
            Send(InputTypes.Key, KeyLayout.Shift, 1);
        if (stroke.NeedsAltGr)
            Send(InputTypes.Key, KeyLayout.AltGr, 1);
        Send(InputTypes.Key, stroke.Code, 1);
        Send(InputTypes.Key, stroke.Code, 0);
        if (stroke.NeedsAltGr)
            Send(InputTypes.Key, KeyLayout.AltGr, 0);
        if (shift)
            Send(InputTypes.Key, KeyLayout.Shift, 0);
    }
}
