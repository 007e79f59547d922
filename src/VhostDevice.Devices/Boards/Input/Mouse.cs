// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Input;

namespace VhostDevice.Devices.Boards.Input;

/// <summary>A mouse with five buttons and a wheel of fine steps.</summary>
internal sealed class Mouse : InputPart
{
    private const int X = 0, Y = 1, Wheel = 8, HorizontalWheel = 6, FineWheel = 11, FineHorizontalWheel = 12;

    // A step of the wheel (REL_WHEEL_HI_RES).
    private const int FineStep = 120;
    private const int MaxSteps = 1000;

    /// <inheritdoc cref="InputPart(Board, string, string, InputDescription)"/>
    internal Mouse(Board board, string name)
        : base(board, "mouse", name, Describe(name))
    {
    }

    internal static IReadOnlyList<PartVerb> MouseVerbs { get; } =
    [
        new("move", "pointer", "Move a mouse by a distance, or a pen to a place", RunMove, "X", "Y") { Example = "mouse0 20 -5" },
        ButtonVerb.Click,
        new("scroll", "mouse", "Turn the wheel of a mouse: up, or to the right as a second number", RunScroll, "STEPS", "SIDEWAYS?")
        {
            Example = "mouse0 -3",
        },
    ];

    public override IReadOnlyList<PartVerb> Verbs => MouseVerbs;

    private static InputDescription Describe(string name)
    {
        InputDescription made = new() { Name = $"vhost-device mouse {name}", Bus = 6, Vendor = 0x0627, Product = 2, Version = 1 };
        for (int button = KeyNames.Left; button <= KeyNames.Extra; button++)
            made.Add(InputTypes.Key, button);
        foreach (int axis in (ReadOnlySpan<int>)[X, Y, Wheel, HorizontalWheel, FineWheel, FineHorizontalWheel])
            made.Add(InputTypes.Relative, axis);
        return made;
    }

    private static string? RunMove(BoardPart part, IReadOnlyList<string> words, Action<string> answer)
    {
        Mouse mouse = (Mouse)part;
        if (!TryNumber(words[0], -32768, 32767, out int x) || !TryNumber(words[1], -32768, 32767, out int y))
            return $"a mouse does not move by '{words[0]} {words[1]}': two numbers from -32768 to 32767";
        if (x != 0)
            mouse.Add(InputTypes.Relative, X, x);
        if (y != 0)
            mouse.Add(InputTypes.Relative, Y, y);
        if (x != 0 || y != 0)
            mouse.Send();
        return null;
    }

    private static string? RunScroll(BoardPart part, IReadOnlyList<string> words, Action<string> answer)
    {
        Mouse mouse = (Mouse)part;
        int sideways = 0;
        if (!TryNumber(words[0], -MaxSteps, MaxSteps, out int up) || (words.Count > 1 && !TryNumber(words[1], -MaxSteps, MaxSteps, out sideways)))
            return $"a wheel does not turn by '{string.Join(' ', words)}': -{MaxSteps} to {MaxSteps} steps";
        mouse.Turn(Wheel, FineWheel, up);
        mouse.Turn(HorizontalWheel, FineHorizontalWheel, sideways);
        return null;
    }

    // A step at a time, as a wheel clicks.
    private void Turn(int axis, int fineAxis, int steps)
    {
        for (int i = 0; i < Math.Abs(steps); i++)
        {
            Add(InputTypes.Relative, axis, Math.Sign(steps));
            Add(InputTypes.Relative, fineAxis, Math.Sign(steps) * FineStep);
            Send();
        }
    }
}
