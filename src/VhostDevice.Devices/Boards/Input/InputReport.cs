// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Input;

namespace VhostDevice.Devices.Boards.Input;

/// <summary>A report while it is passed on.</summary>
internal readonly ref struct InputReport(ReadOnlySpan<InputEvent> events)
{
    internal ReadOnlySpan<InputEvent> Events { get; } = events;
}
