// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics.Metrics;

namespace VhostDevice.Hosting.Metrics;

/// <summary>
/// The devices' own counters as instruments of System.Diagnostics.Metrics, with the tags <c>device</c> and
/// <c>socket</c> and those of each <see cref="Counter"/>. All are observable: whoever listens reads what is counted
/// anyhow. What nobody makes costs nothing.
/// </summary>
public sealed class DeviceMeter : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string Name = "VhostDevice.Devices";

    private readonly Meter _meter = new(Name);
    private readonly string _device;
    private readonly Lock _lock = new();
    private readonly List<Family> _families = [];

    /// <param name="device">The tag <c>device</c>, such as "i2c".</param>
    public DeviceMeter(string device) => _device = device;

    /// <summary>Adds the counters of a socket. From any thread.</summary>
    /// <param name="socket">The tag <c>socket</c>, such as the path.</param>
    public void Add(string socket, IEnumerable<Counter> counters)
    {
        lock (_lock)
        {
            foreach (Counter counter in counters)
                FamilyOf(counter).Add(counter, [new("device", _device), new("socket", socket), .. counter.Tags]);
        }
    }

    public void Dispose() => _meter.Dispose();

    private Family FamilyOf(Counter counter)
    {
        Family? family = _families.Find(f => f.Name == counter.Name);
        if (family is not null)
            return family;
        family = new Family(counter.Name);
        _families.Add(family);
        if (counter.IsLevel)
            _meter.CreateObservableUpDownCounter(counter.Name, family.Read, counter.Unit, counter.Description);
        else
            _meter.CreateObservableCounter(counter.Name, family.Read, counter.Unit, counter.Description);
        return family;
    }

    /// <summary>All that count the same.</summary>
    private sealed class Family(string name)
    {
        // Replaced, never changed: listeners read it.
        private volatile (Counter Counter, KeyValuePair<string, object?>[] Tags)[] _counters = [];

        internal string Name => name;

        internal void Add(Counter counter, KeyValuePair<string, object?>[] tags) => _counters = [.. _counters, (counter, tags)];

        internal IEnumerable<Measurement<long>> Read()
        {
            foreach ((Counter counter, KeyValuePair<string, object?>[] tags) in _counters)
                yield return new Measurement<long>(counter.Read(), tags);
        }
    }
}
