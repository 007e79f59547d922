// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Hosting.Metrics;

/// <summary>A number that a device keeps anyhow, and how a <see cref="DeviceMeter"/> shows it.</summary>
/// <param name="name">Of the instrument, such as <c>vhost_device.i2c.transfers</c>; the same for all that count the same.</param>
/// <param name="unit">In the notation of UCUM: "By" for bytes, "{transfer}" for things.</param>
/// <param name="description">For people.</param>
/// <param name="read">The number now; called on any thread, so it must only look.</param>
/// <param name="tags">What tells it from others of the same name, besides device and socket.</param>
public sealed class Counter(
    string name,
    string unit,
    string description,
    Func<ulong> read,
    params KeyValuePair<string, object?>[] tags)
{
    public string Name => name;

    public string Unit => unit;

    public string Description => description;

    /// <summary>It goes up and down, such as a level or a load; otherwise it only counts up.</summary>
    public bool IsLevel { get; init; }

    internal KeyValuePair<string, object?>[] Tags => tags;

    internal long Read() => (long)read();
}
