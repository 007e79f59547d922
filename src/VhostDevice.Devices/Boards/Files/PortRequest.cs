// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Yaml;

namespace VhostDevice.Devices.Boards.Files;

/// <summary>What a board file says about a port.</summary>
public sealed class PortRequest
{
    private readonly BoardBuilder _builder;
    private readonly PortKind _kind;

    internal PortRequest(BoardBuilder builder, PortKind kind, string name, YamlMap map)
    {
        _builder = builder;
        _kind = kind;
        Name = name;
        Map = map;
    }

    public Board Board => _builder.Board;

    public string Name { get; }

    /// <summary>The rest of what is written; whatever is not taken from it is reported.</summary>
    public YamlMap Map { get; }

    /// <summary>What paths start from.</summary>
    public string Folder => _builder.Folder;

    /// <summary>Makes the parts that a list describes, from the models that fit this kind of port.</summary>
    /// <param name="key">Of the list, such as <c>devices</c>.</param>
    /// <param name="what">One of them, for messages: "a device".</param>
    /// <param name="attach">Puts a part in its place; gets what the file says of it, too. A <see cref="BoardException"/> is
    /// reported at <see cref="PortKind.PlaceKey"/>.</param>
    /// <exception cref="YamlFileException">Something of it is wrong.</exception>
    public void Parts(string key, string what, Action<BoardPart, YamlMap> attach)
    {
        foreach (YamlMap map in Map.Maps(key, what))
            _ = _builder.BuildPart(map, _kind, attach);
    }

    /// <summary>Puts something off until all ports and parts are there, so that a port can refer to any of them.</summary>
    public void Later(Action action) => _builder.AddLater(action);
}
