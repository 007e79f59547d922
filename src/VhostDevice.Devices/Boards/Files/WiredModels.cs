// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards.Wiring;

namespace VhostDevice.Devices.Boards.Files;

/// <summary>The models of what is on no bus.</summary>
internal static class WiredModels
{
    internal static IReadOnlyList<PartModel> All { get; } =
    [
        new("button", null, r => new Button(r.Board, r.RequiredName("button0"), IsActiveHigh(r, "low")), "active")
        {
            Verbs = Button.ButtonVerbs,
        },
        new("led", null, r => new Led(r.Board, r.RequiredName("led0"), activeLow: !IsActiveHigh(r, "high")), "active"),
        new("level", null, r => new Level(r.Board, r.RequiredName("level0"))),
        new("pull-up", null, r => new Pull(r.Board, r.RequiredName("pull0"), up: true)),
        new("pull-down", null, r => new Pull(r.Board, r.RequiredName("pull0"), up: false)),
    ];

    private static bool IsActiveHigh(PartRequest request, string otherwise) =>
        request.Map.Choice("active", otherwise, "low", "high") == "high";
}
