// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scmi.Messages;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Scmi.Sensors;

/// <summary>A sensor: one value, or several axes.</summary>
public interface IScmiSensor
{
    /// <summary>Up to 63 characters.</summary>
    string Name { get; }

    /// <summary>Whether its values are axes, which have names. Otherwise there is one value.</summary>
    bool IsVector { get; }

    /// <summary>1 to 16; always the same.</summary>
    IReadOnlyList<ScmiAxis> Axes { get; }

    /// <summary>The times between two readings that an agent can ask for, the shortest first; empty when it cannot.</summary>
    IReadOnlyList<ScmiInterval> Intervals { get; }

    /// <summary>Who makes the calls that may wait; null: none of them does.</summary>
    HostCalls? Calls { get; }

    /// <summary>Whether it delivers readings by itself to whoever listens. Otherwise it is read at intervals.</summary>
    bool Streams { get; }

    /// <summary>Another value is there to be read, for sensors that know; raised on any thread.</summary>
    event Action? Changed;

    /// <summary>Reads all axes. May wait if <see cref="Calls"/> is not null; from any thread, one at a time.</summary>
    /// <param name="readings">One for each axis.</param>
    ScmiStatus Read(Span<ScmiReading> readings);

    /// <summary>Sets the sensor up; may wait as <see cref="Read"/> may.</summary>
    /// <param name="stream">Whether readings are wanted as they come.</param>
    /// <param name="interval">The time between two of them; null: as it is.</param>
    ScmiStatus Configure(bool stream, ScmiInterval? interval);

    /// <summary>Has readings delivered on a loop as they come, one for each axis, until it is disposed there.</summary>
    /// <returns>Null for a sensor that does not stream.</returns>
    IDisposable? Listen(EventLoop loop, Action<ReadOnlyMemory<ScmiReading>> deliver);
}
