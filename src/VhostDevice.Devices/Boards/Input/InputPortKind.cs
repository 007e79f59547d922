// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards.Files;

namespace VhostDevice.Devices.Boards.Input;

/// <summary>The section <c>input</c> of board files: input devices, each on a socket of its own.</summary>
internal sealed class InputPortKind() : PortKind("input", "an input device", "device", "kbd0")
{
    private static readonly (string Model, Func<Board, string, InputPart> Make)[] s_models =
    [
        ("keyboard", static (board, name) => new Keyboard(board, name)),
        ("mouse", static (board, name) => new Mouse(board, name)),
    ];

    public override IReadOnlyList<string> Keys { get; } = ["model", "layout"];

    public override IReadOnlyList<PartVerb> Verbs { get; } = [.. Keyboard.KeyboardVerbs, .. Mouse.MouseVerbs];

    public override void Build(PortRequest request)
    {
        string[] names = [.. s_models.Select(static m => m.Model)];
        string model = request.Map.Choice("model", "", names);
        if (model.Length == 0)
            throw request.Map.Wrong($"{request.Map.What} needs 'model': {string.Join(", ", names)}");
        InputPart part = Array.Find(s_models, m => m.Model == model).Make(request.Board, request.Name);
        foreach (string key in request.Map.Left.ToArray())
        {
            if (part.Parameters.FirstOrDefault(p => p.Name == key && p.Accepts is not null) is { } parameter
                && parameter.TrySet(request.Map.Text(key)!) is { } problem)
                throw request.Map.WrongAt(key, problem);
        }
    }
}
