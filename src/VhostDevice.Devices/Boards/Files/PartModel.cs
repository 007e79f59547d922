// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Boards.Files;

/// <summary>A model that board files know.</summary>
/// <param name="name">What files call it: <c>lm75</c>. One name may be there once for each bus.</param>
/// <param name="bus">The section of the ports that it sits on, such as <c>i2c</c>; null for what is only wired.</param>
/// <param name="make">Makes the part; throws <see cref="BoardException"/> or <see cref="Yaml.YamlFileException"/>, for people.</param>
/// <param name="options">The keys that it takes, besides name, place and parameters.</param>
public sealed class PartModel(string name, string? bus, Func<PartRequest, BoardPart> make, params string[] options)
{
    public string Name => name;

    public string? Bus => bus;

    public IReadOnlyList<string> Options => options;

    /// <summary>What people can do with such parts, so that the command line knows the words.</summary>
    public IReadOnlyList<PartVerb> Verbs { get; init; } = [];

    internal BoardPart Make(PartRequest request) => make(request);
}
