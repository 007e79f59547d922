// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards.Files;

namespace VhostDevice.Devices.Boards.Can;

/// <summary>The section <c>can</c> of board files: controllers, and the bus that each is on.</summary>
internal sealed class CanPortKind() : PortKind("can", "a can controller", "controller", "can0")
{
    private const string BusKey = "bus";

    public override IReadOnlyList<string> Keys { get; } = [BusKey];

    public override IReadOnlyList<PartVerb> Verbs { get; } = [.. BoardCanBus.BusVerbs, .. CanControllerPart.ControllerVerbs];

    public override void Build(PortRequest request)
    {
        string name = request.Map.Required(BusKey, "body");
        if (!name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
            throw request.Map.WrongAt(BusKey, $"a bus cannot be called '{name}': letters, digits, - and _");
        BoardPart? part = request.Board.Find(name);
        if (part is not (null or BoardCanBus))
            throw request.Map.WrongAt(BusKey, $"'{name}' is a {part.Model} already: give the bus another name");
        _ = new BoardCanController(request.Board, request.Name, part as BoardCanBus ?? new BoardCanBus(request.Board, name));
    }
}
