// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Console;

/// <summary>Which number comes first in a message about a window's size.</summary>
internal enum ResizeOrder
{
    /// <summary>Columns, rows: the specification, and Linux since 2026.</summary>
    Specification,

    /// <summary>Rows, columns: what Linux, NetBSD and OpenBSD read before.</summary>
    Legacy,
}
