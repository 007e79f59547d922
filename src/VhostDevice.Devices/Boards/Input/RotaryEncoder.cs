// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Input;

namespace VhostDevice.Devices.Boards.Input;

/// <summary>A knob that turns without an end and can be pressed.</summary>
internal sealed class RotaryEncoder : InputPart
{
    private const int Dial = 7, Enter = 28;
    private const int MaxSteps = 1000;

    /// <inheritdoc cref="InputPart(Board, string, string, InputDescription)"/>
    internal RotaryEncoder(Board board, string name)
        : base(board, "rotary-encoder", name, Describe(name))
    {
    }

    internal static IReadOnlyList<PartVerb> EncoderVerbs { get; } =
    [
        new("turn", "encoder", "Turn a rotary encoder by steps, to the right or, below 0, to the left", RunTurn, "STEPS") { Example = "knob0 -3" },
        KeyVerb.Verb,
    ];

    public override IReadOnlyList<PartVerb> Verbs => EncoderVerbs;

    private static InputDescription Describe(string name)
    {
        InputDescription made = new() { Name = $"vhost-device rotary encoder {name}", Bus = 6, Vendor = 0x0627, Product = 7, Version = 1 };
        made.Add(InputTypes.Relative, Dial);
        made.Add(InputTypes.Key, Enter);
        return made;
    }

    private static string? RunTurn(BoardPart part, IReadOnlyList<string> words, Action<string> answer)
    {
        if (!TryNumber(words[0], -MaxSteps, MaxSteps, out int steps))
            return $"an encoder does not turn by '{words[0]}': -{MaxSteps} to {MaxSteps} steps";
        for (int i = 0; i < Math.Abs(steps); i++)
            ((RotaryEncoder)part).Send(InputTypes.Relative, Dial, Math.Sign(steps));
        return null;
    }
}
