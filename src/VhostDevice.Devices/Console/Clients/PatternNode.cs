// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Console.Clients;

/// <summary>What a step of a <see cref="TextPattern"/> does.</summary>
internal enum PatternStep
{
    /// <summary>Takes a byte that is in its set.</summary>
    Byte,

    /// <summary>Goes on at two places.</summary>
    Split,

    /// <summary>Goes on at the start of a line only.</summary>
    LineStart,

    /// <summary>Goes on before the end of a line only.</summary>
    LineEnd,

    /// <summary>The pattern is there.</summary>
    Match,
}

/// <summary>A step.</summary>
internal sealed class PatternNode
{
    internal PatternStep Step { get; init; }

    /// <summary>The bytes that fit.</summary>
    internal ByteSet Set { get; init; }

    internal int Next { get; set; } = -1;

    internal int Other { get; set; } = -1;
}
