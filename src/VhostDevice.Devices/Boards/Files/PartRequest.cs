// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Yaml;

namespace VhostDevice.Devices.Boards.Files;

/// <summary>What a board file says about a part.</summary>
public sealed class PartRequest
{
    internal PartRequest(Board board, string? name, YamlMap map, string folder)
    {
        Board = board;
        Name = name;
        Map = map;
        Folder = folder;
    }

    public Board Board { get; }

    /// <summary>Null when it has none of its own.</summary>
    public string? Name { get; }

    /// <summary>The rest of what is written. What is not taken from it is tried as a parameter, and else reported.</summary>
    public YamlMap Map { get; }

    /// <summary>What paths start from.</summary>
    public string Folder { get; }

    /// <summary>The name of a part that must have one.</summary>
    /// <exception cref="YamlFileException">It has none.</exception>
    public string RequiredName(string example) => Name ?? throw Map.Wrong($"{Map.What} needs 'name', such as 'name: {example}'");
}
