// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Yaml;

namespace VhostDevice.Devices.Boards.Files;

/// <summary>What a board file says about a part.</summary>
public sealed class PartRequest
{
    private readonly BoardBuilder _builder;

    internal PartRequest(BoardBuilder builder, string? name, YamlMap map)
    {
        _builder = builder;
        Name = name;
        Map = map;
    }

    public Board Board => _builder.Board;

    /// <summary>Null when it has none of its own.</summary>
    public string? Name { get; }

    /// <summary>The rest of what is written. What is not taken from it is tried as a parameter, and else reported.</summary>
    public YamlMap Map { get; }

    /// <summary>What paths start from.</summary>
    public string Folder => _builder.Folder;

    /// <summary>Puts something off until all ports and parts are there, so that a part can refer to any of them.</summary>
    public void Later(Action action) => _builder.AddLater(action);

    /// <summary>The name of a part that must have one.</summary>
    /// <exception cref="YamlFileException">It has none.</exception>
    public string RequiredName(string example) => Name ?? throw Map.Wrong($"{Map.What} needs 'name', such as 'name: {example}'");
}
