// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Boards.Recording;

/// <summary>One line of the waves that a <see cref="TraceSource"/> draws.</summary>
/// <param name="Name">Behind the source's own name and an underscore: <c>scl</c>. Letters and digits.</param>
/// <param name="AtRest">The level while nothing happens.</param>
public readonly record struct TraceSignal(string Name, bool AtRest);
