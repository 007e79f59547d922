// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux;

/// <summary>The size of a terminal's window, in characters; 0 is unknown.</summary>
public readonly record struct WindowSize(ushort Columns, ushort Rows);
