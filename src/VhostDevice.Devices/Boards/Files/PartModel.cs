// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Yaml;

namespace VhostDevice.Devices.Boards.Files;

/// <summary>A model that board files know.</summary>
/// <param name="Make">Makes the part; throws ArgumentException or YamlFileException.</param>
/// <param name="Options">The keys that it takes, besides parameters.</param>
internal sealed record PartModel(Func<PartRequest, BoardPart> Make, params string[] Options);

/// <summary>What a board file says about a part.</summary>
/// <param name="Folder">What paths start from.</param>
internal sealed record PartRequest(Board Board, string? Name, YamlMap Map, string Folder)
{
    /// <summary>The address on its bus.</summary>
    internal int Address(int otherwise) => Map.Number("address", SimulatedI2cBus.FirstAddress, SimulatedI2cBus.LastAddress) ?? otherwise;

    /// <summary>The name of a part that has no other.</summary>
    internal string RequiredName(string example) => Name ?? throw Map.Wrong($"{Map.What} needs 'name', such as 'name: {example}'");
}
