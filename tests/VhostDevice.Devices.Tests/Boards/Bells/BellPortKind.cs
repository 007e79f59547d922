// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards;
using VhostDevice.Devices.Boards.Files;
using VhostDevice.Devices.Yaml;

namespace VhostDevice.Devices.Tests.Boards.Bells;

/// <summary>The section <c>bell</c>: <c>- {tower: bell0, bells: [{model: bell, name: ding, at: 1}], alarm: temp0.alarm}</c>.</summary>
public sealed class BellPortKind() : PortKind("bell", "a bell tower", "tower", "bell0")
{
    public override IReadOnlyList<string> Keys { get; } = ["bells", "alarm"];

    public override string PlaceKey => "at";

    /// <summary>All that boards have, and bells.</summary>
    public static BoardCatalogue Catalogue { get; } = BoardCatalogue.BuiltIn.With([new BellPortKind()], [Model]);

    // A name that another bus may have, too.
    private static PartModel Model => new("lm75", "bell", r => new Bell(r.Board, r.RequiredName("ding"))) { Verbs = Bell.BellVerbs };

    public override void Build(PortRequest request)
    {
        SimulatedBellBus bus = new(request.Board, request.Name);
        request.Parts("bells", "a bell", (part, map) =>
        {
            int place = map.Number("at", 0, SimulatedBellBus.Places - 1) ?? throw map.Wrong($"{part.Name} needs 'at', such as 'at: 1'");
            bus.Attach((Bell)part, place);
        });
        if (request.Map.Text("alarm") is not { } alarm)
            return;
        // What is referred to may be in a section that is not read yet.
        YamlMap map = request.Map;
        request.Later(() =>
        {
            BoardParameter parameter = request.Board.FindParameter(alarm) ?? throw map.WrongAt("alarm", $"there is no parameter '{alarm}'");
            request.Board.ParameterChanged += (part, changed) =>
            {
                if (changed == parameter)
                    _ = bus.Strike(0, byGuest: false);
            };
        });
    }
}
