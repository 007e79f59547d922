// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics.Metrics;

namespace VhostDevice.Devices.I2c;

/// <summary>
/// The statistics of i2c sockets as instruments of System.Diagnostics.Metrics, with the tags <c>device</c> and
/// <c>socket</c>, and <c>bus</c> and <c>address</c> where they are an address's. All are observable: whoever listens reads what is
/// counted anyhow. Reading is safe from any thread; what nobody makes costs nothing.
/// </summary>
public sealed class I2cMeter : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string Name = "VhostDevice.I2c";

    private readonly Meter _meter = new(Name);
    private readonly string _device;
    private readonly Lock _lock = new();

    // Replaced, never changed: listeners read it.
    private volatile (I2cStatistics Statistics, KeyValuePair<string, object?> Name)[] _sockets = [];

    /// <param name="device">The tag <c>device</c>, such as "i2c".</param>
    public I2cMeter(string device)
    {
        _device = device;
        Socket("vhost_device.i2c.transfers", "{transfer}", "Transfers that were tried on a bus", static s => s.Transfers);
        Socket("vhost_device.i2c.unknown_address", "{request}", "Requests to addresses that no bus has", static s => s.UnknownAddress);
        Socket("vhost_device.i2c.malformed", "{request}", "Requests that made no sense", static s => s.Malformed);
        Socket("vhost_device.i2c.cut", "{transfer}", "Transfers that were too long, or whose end did not come", static s => s.Cut);
        Address("vhost_device.i2c.messages", "{message}", "Messages that an address acknowledged", static c => c.Messages);
        Address("vhost_device.i2c.errors", "{message}", "Messages that failed", static c => c.Errors);
        Address("vhost_device.i2c.read", "By", "Bytes read from an address", static c => c.BytesRead);
        Address("vhost_device.i2c.written", "By", "Bytes written to an address", static c => c.BytesWritten);
    }

    /// <summary>Adds a socket's statistics. From any thread.</summary>
    /// <param name="socket">The tag <c>socket</c>, such as the path.</param>
    public void Add(string socket, I2cStatistics statistics)
    {
        lock (_lock)
            _sockets = [.. _sockets, (statistics, new("socket", socket))];
    }

    public void Dispose() => _meter.Dispose();

    private void Socket(string name, string unit, string description, Func<I2cStatistics, ulong> read) =>
        _meter.CreateObservableCounter(name, () => OfSockets(read), unit, description);

    private void Address(string name, string unit, string description, Func<I2cCounters, ulong> read) =>
        _meter.CreateObservableCounter(name, () => OfAddresses(read), unit, description);

    private IEnumerable<Measurement<long>> OfSockets(Func<I2cStatistics, ulong> read)
    {
        foreach ((I2cStatistics statistics, KeyValuePair<string, object?> name) in _sockets)
            yield return new Measurement<long>((long)read(statistics), new("device", _device), name);
    }

    private IEnumerable<Measurement<long>> OfAddresses(Func<I2cCounters, ulong> read)
    {
        foreach ((I2cStatistics statistics, KeyValuePair<string, object?> name) in _sockets)
        {
            I2cBusSet set = statistics.Set;
            for (int i = 0; i < set.Targets.Count; i++)
            {
                I2cTarget target = set.Targets[i];
                yield return new Measurement<long>(
                    (long)read(statistics.Targets[i]),
                    new("device", _device),
                    name,
                    new("bus", set.Buses[target.BusIndex].Name),
                    new("address", target.ToString()));
            }
        }
    }
}
