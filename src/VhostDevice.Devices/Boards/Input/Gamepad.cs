// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using VhostDevice.Devices.Input;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Boards.Input;

/// <summary>A gamepad with two sticks, two triggers and motors, as the kernel's documentation of gamepads has it.</summary>
internal sealed class Gamepad : InputPart
{
    private const int StickEnd = 32767, TriggerEnd = 255;
    private const int X = 0, Y = 1, Z = 2, RightX = 3, RightY = 4, RightZ = 5;
    private const ushort Rumble = 0x50, Periodic = 0x51, Square = 0x58, Triangle = 0x59, Sine = 0x5A, Gain = 0x60;

    private readonly TextParameter _effect;
    private readonly TextParameter _gain;
    private InputEvent _lastEffect;
    private int _lastGain = 0xFFFF;

    /// <inheritdoc cref="InputPart(Board, string, string, InputDescription)"/>
    internal Gamepad(Board board, string name)
        : base(board, "gamepad", name, Describe(name))
    {
        _effect = Parameter(new TextParameter("effect", "", () => _lastEffect.Value == 0 ? "none" : Text(_lastEffect.Code)));
        _gain = Parameter(new TextParameter("gain", "", () => Text(_lastGain)));
    }

    internal static IReadOnlyList<PartVerb> GamepadVerbs { get; } =
    [
        KeyVerb.Verb,
        new("stick", "gamepad", "Push a stick of a gamepad (left, right) to a place, 0 0 being its rest", RunStick, "STICK", "X", "Y")
        {
            Example = "pad0 left 0 -32767",
        },
        new("trigger", "gamepad", "Pull a trigger of a gamepad (left, right) by 0 to 255", RunTrigger, "TRIGGER", "BY")
        {
            Example = "pad0 right 128",
        },
    ];

    public override IReadOnlyList<PartVerb> Verbs => GamepadVerbs;

    protected override void Show(in InputEvent value)
    {
        if (value.Type != InputTypes.ForceFeedback)
            return;
        if (value.Code == Gain)
        {
            _lastGain = value.Value;
            _gain.Changed();
        }
        else
        {
            _lastEffect = value;
            _effect.Changed();
        }
    }

    private static InputDescription Describe(string name)
    {
        InputDescription made = new() { Name = $"vhost-device gamepad {name}", Bus = 6, Vendor = 0x0627, Product = 6, Version = 1 };
        for (int button = KeyNames.South; button <= KeyNames.ThumbRight; button++)
            made.Add(InputTypes.Key, button);
        for (int button = KeyNames.DpadUp; button < KeyNames.DpadUp + 4; button++)
            made.Add(InputTypes.Key, button);
        foreach (int axis in (ReadOnlySpan<int>)[X, Y, RightX, RightY])
            made.Add(axis, new EvdevAxis(0, -StickEnd, StickEnd, 16, 128, 0));
        foreach (int axis in (ReadOnlySpan<int>)[Z, RightZ])
            made.Add(axis, new EvdevAxis(0, 0, TriggerEnd, 0, 0, 0));
        foreach (ushort effect in (ReadOnlySpan<ushort>)[Rumble, Periodic, Square, Triangle, Sine, Gain])
            made.Add(InputTypes.ForceFeedback, effect);
        return made;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string? RunStick(BoardPart part, IReadOnlyList<string> words, Action<string> answer)
    {
        Gamepad pad = (Gamepad)part;
        if (words[0] is not ("left" or "right"))
            return $"{part.Name} has no stick '{words[0]}': left or right";
        if (!TryNumber(words[1], -StickEnd, StickEnd, out int x) || !TryNumber(words[2], -StickEnd, StickEnd, out int y))
            return $"a stick does not go to '{words[1]} {words[2]}': two numbers from -{StickEnd} to {StickEnd}";
        pad.Add(InputTypes.Absolute, words[0] == "left" ? X : RightX, x);
        pad.Add(InputTypes.Absolute, words[0] == "left" ? Y : RightY, y);
        pad.Send();
        return null;
    }

    private static string? RunTrigger(BoardPart part, IReadOnlyList<string> words, Action<string> answer)
    {
        if (words[0] is not ("left" or "right"))
            return $"{part.Name} has no trigger '{words[0]}': left or right";
        if (!TryNumber(words[1], 0, TriggerEnd, out int by))
            return $"a trigger is not pulled by '{words[1]}': 0 to {TriggerEnd}";
        ((Gamepad)part).Send(InputTypes.Absolute, words[0] == "left" ? Z : RightZ, by);
        return null;
    }
}
