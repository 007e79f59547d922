// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Input;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Boards.Input;

/// <summary>A pointer that is moved to places instead of by distances, as a VMM's USB tablet: the guest's cursor is where it is put.</summary>
internal sealed class Tablet : InputPart
{
    /// <summary>The right and lower edge.</summary>
    internal const int Edge = 32767;

    private const int X = 0, Y = 1, Wheel = 8;

    // The mouse's words, with places for distances.
    private static readonly PartVerb[] s_verbs =
    [
        new("move", "pointer", "Move a mouse by a distance, or a tablet's pointer to a place", RunMove, "X", "Y"),
        ButtonVerb.Click,
    ];

    /// <inheritdoc cref="InputPart(Board, string, string, InputDescription)"/>
    internal Tablet(Board board, string name)
        : base(board, "tablet", name, Describe(name))
    {
    }

    public override IReadOnlyList<PartVerb> Verbs => s_verbs;

    private static InputDescription Describe(string name)
    {
        InputDescription made = new() { Name = $"vhost-device tablet {name}", Bus = 6, Vendor = 0x0627, Product = 3, Version = 1 };
        for (int button = KeyNames.Left; button <= KeyNames.Middle; button++)
            made.Add(InputTypes.Key, button);
        made.Add(X, new EvdevAxis(0, 0, Edge, 0, 0, 0));
        made.Add(Y, new EvdevAxis(0, 0, Edge, 0, 0, 0));
        made.Add(InputTypes.Relative, Wheel);
        return made;
    }

    private static string? RunMove(BoardPart part, IReadOnlyList<string> words, Action<string> answer)
    {
        Tablet tablet = (Tablet)part;
        if (!TryNumber(words[0], 0, Edge, out int x) || !TryNumber(words[1], 0, Edge, out int y))
            return $"there is no place '{words[0]} {words[1]}' on a tablet: two numbers from 0 to {Edge}";
        tablet.Add(InputTypes.Absolute, X, x);
        tablet.Add(InputTypes.Absolute, Y, y);
        tablet.Send();
        return null;
    }
}
