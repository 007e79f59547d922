// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards.Files;

namespace VhostDevice.Devices.Boards.Spi;

/// <summary>The section <c>spi</c> of board files.</summary>
internal sealed class SpiPortKind() : PortKind(SectionName, "an spi bus", "bus", "spi0")
{
    internal const string SectionName = "spi";
    internal const string ChipSelectKey = "chip-select";

    public override IReadOnlyList<string> Keys { get; } = ["cs", "devices"];

    public override string PlaceKey => ChipSelectKey;

    public override void Build(PortRequest request)
    {
        SpiSelectRule rule = request.Map.Choice("cs", "auto", "auto", "hold", "request") switch
        {
            "hold" => SpiSelectRule.Hold,
            "request" => SpiSelectRule.Request,
            _ => SpiSelectRule.Auto,
        };
        SimulatedSpiBus bus = new(request.Board, request.Name, rule);
        request.Parts("devices", "a device", (part, map) => bus.Attach((ISpiPeripheral)part, ((SpiPart)part).ChipSelect));
    }
}
