// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards.Files;
using VhostDevice.Devices.Boards.Models;

namespace VhostDevice.Devices.Boards.Spi;

/// <summary>The models of what sits on an SPI bus.</summary>
internal static class SpiModels
{
    internal static IReadOnlyList<PartModel> All { get; } =
    [
        Model("loop-back", r => new LoopBack(r.Board, r.Name, ChipSelect(r))),
        Model("mcp3004", r => new Mcp3x(r.Board, Mcp3xKind.Mcp3004, r.Name, ChipSelect(r))),
        Model("mcp3008", r => new Mcp3x(r.Board, Mcp3xKind.Mcp3008, r.Name, ChipSelect(r))),
        Model("mcp3204", r => new Mcp3x(r.Board, Mcp3xKind.Mcp3204, r.Name, ChipSelect(r))),
        Model("mcp3208", r => new Mcp3x(r.Board, Mcp3xKind.Mcp3208, r.Name, ChipSelect(r))),
        Model("mcp4922", r => new Mcp4922(r.Board, r.Name, ChipSelect(r))),
        Model("mcp23s08", r => new Mcp23s08(r.Board, r.Name, ChipSelect(r))),
        Model("max31855", r => new Max31855(r.Board, r.Name, ChipSelect(r))),
        Model("st7735r", r => new St7735r(r.Board, r.Name, ChipSelect(r)), St7735r.DisplayVerbs),
        Model("sd", r => SdImage.Make(r, ChipSelect(r)), "image", "size", "type"),
        .. NorKind.All.Select(kind => Model(kind.Name, r => NorImage.Make(kind, r, ChipSelect(r)), "image")),
    ];

    private static PartModel Model(string name, Func<PartRequest, BoardPart> make, params string[] options) =>
        new(name, SpiPortKind.SectionName, make, options);

    private static PartModel Model(string name, Func<PartRequest, BoardPart> make, IReadOnlyList<PartVerb> verbs) =>
        new(name, SpiPortKind.SectionName, make) { Verbs = verbs };

    private static int ChipSelect(PartRequest request) =>
        request.Map.Number(SpiPortKind.ChipSelectKey, 0, SimulatedSpiBus.MaxChipSelects - 1) ?? 0;
}
