// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Hosting.CommandLine;

/// <summary>What a text turned out to be.</summary>
public enum NumberText
{
    /// <summary>No number.</summary>
    None,

    /// <summary>A number that no variable holds.</summary>
    TooLarge,

    /// <summary>A number.</summary>
    Number,
}
