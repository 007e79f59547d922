// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards.Recording;
using VhostDevice.Hosting.CommandLine;

namespace VhostDevice.Devices.Boards.Files;

/// <summary>
/// A kind of <see cref="BoardPort"/> as board files write it: a section with a list of ports, and how one of them is made.
/// </summary>
/// <param name="section">The key of the section, such as <c>i2c</c>; also what <see cref="PartModel.Bus"/> says of models
/// that fit.</param>
/// <param name="what">A port of it, for messages: "an i2c bus".</param>
/// <param name="nameKey">The key of a port's name, such as <c>bus</c>.</param>
/// <param name="exampleName">Such a name: <c>i2c0</c>.</param>
public abstract class PortKind(string section, string what, string nameKey, string exampleName)
{
    public string Section => section;

    public string What => what;

    public string NameKey => nameKey;

    public string ExampleName => exampleName;

    /// <summary>The keys that a port takes besides its name.</summary>
    public abstract IReadOnlyList<string> Keys { get; }

    /// <summary>The key that says where a part sits on the port, such as <c>address</c>; null when parts have no place.</summary>
    public virtual string? PlaceKey => null;

    /// <summary>What people can do with ports of this kind, beyond what the models of its parts say.</summary>
    public virtual IReadOnlyList<PartVerb> Verbs => [];

    /// <summary>The key that names something which ports of the section share, such as the bus of controllers; null: there is no such
    /// thing. An entry that has this key, and not <see cref="NameKey"/>, describes it.</summary>
    public virtual string? SharedNameKey => null;

    /// <summary>The keys that such an entry takes besides its name.</summary>
    public virtual IReadOnlyList<string> SharedKeys => [];

    /// <summary>Makes what ports share; before the section's ports.</summary>
    /// <inheritdoc cref="Build"/>
    public virtual void BuildShared(PortRequest request)
    {
    }

    /// <summary>Formats of recordings that have what happens on such ports alone.</summary>
    public virtual IReadOnlyList<TraceFormat> Traces => [];

    /// <summary>Commands of <c>vhost-device board</c> that ask a board which is served for more than a verb.</summary>
    /// <param name="socket">The setting that names the board's control socket.</param>
    /// <param name="hint">Another way to name the socket, for messages.</param>
    public virtual IReadOnlyList<Command> Clients(TextSetting socket, string hint) => [];

    /// <summary>Makes a port, with all that is on it.</summary>
    /// <exception cref="BoardException">It cannot be made under that name; the message is for people.</exception>
    /// <exception cref="Yaml.YamlFileException">Something else of it is wrong: see <see cref="PortRequest.Map"/>.</exception>
    public abstract void Build(PortRequest request);
}
