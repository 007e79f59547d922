// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Hosting.CommandLine;

/// <summary>What a number counts, and so what may stand behind it. One grammar for all devices.</summary>
public enum NumberUnit
{
    /// <summary>A bare number.</summary>
    None,

    /// <summary>Bytes; K, M, G and T are powers of 1024.</summary>
    Bytes,

    /// <summary>Microseconds, unless ms or s stands behind it.</summary>
    Microseconds,

    /// <summary>Milliseconds, unless s stands behind it.</summary>
    Milliseconds,

    /// <summary>MiB, unless K, G or T stands behind it.</summary>
    Mebibytes,
}
