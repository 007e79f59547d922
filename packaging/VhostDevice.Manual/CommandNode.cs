// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Text.Json;
using System.Text.Json.Serialization;

namespace VhostDevice.Manual;

/// <summary>A command as <c>vhost-device describe --format commands</c> prints it.</summary>
public sealed record CommandNode
{
    public required string Name { get; init; }

    public required string Purpose { get; init; }

    public required string Usage { get; init; }

    /// <summary>Of virtio; null: the command is no device.</summary>
    public uint? VirtioId { get; init; }

    public IReadOnlyList<string> Examples { get; init; } = [];

    public IReadOnlyList<ArgumentNode> Arguments { get; init; } = [];

    public IReadOnlyList<OptionNode> Options { get; init; } = [];

    /// <summary>Below it.</summary>
    public IReadOnlyList<CommandNode> Commands { get; init; } = [];

    private static readonly JsonSerializerOptions s_options = new(JsonSerializerDefaults.Web);

    /// <summary>Reads all commands of a program.</summary>
    public static IReadOnlyList<CommandNode> ReadAll(string json) =>
        JsonSerializer.Deserialize<CommandNode[]>(json, s_options) ?? [];
}

/// <summary>A word without an option.</summary>
public sealed record ArgumentNode(string Name, string Help, int Least, int? Most);

/// <summary>An option.</summary>
public sealed record OptionNode
{
    public required string Name { get; init; }

    public string? Alias { get; init; }

    /// <summary>The word for its value; null: a flag.</summary>
    public string? Value { get; init; }

    public required string Help { get; init; }

    public string? Default { get; init; }

    [JsonPropertyName("choices")]
    public IReadOnlyList<string> Choices { get; init; } = [];

    public bool Repeats { get; init; }
}
