// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Boards.Can.Logs;

/// <summary>A frame of a recording.</summary>
/// <param name="Nanoseconds">When, since any moment that is the same for all of a file; not negative.</param>
/// <param name="Channel">What the file calls the bus: a name, or the number of a channel; empty where it says nothing.</param>
internal readonly record struct CanLogEntry(long Nanoseconds, string Channel, CanFrame Frame);

/// <summary>A recording cannot be read.</summary>
/// <param name="message">For people: the place and what is wrong there.</param>
internal sealed class CanLogException(string message) : Exception(message);
