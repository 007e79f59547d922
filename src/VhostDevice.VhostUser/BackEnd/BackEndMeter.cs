// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics.Metrics;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.VhostUser.BackEnd;

/// <summary>
/// The counters of sockets and queues as instruments of System.Diagnostics.Metrics, with the tags <c>device</c>,
/// <c>socket</c> and <c>queue</c>. All are observable: whoever listens reads the counters that are there anyhow, from a
/// thread of its own, and the loops do not know of it. What nobody makes costs nothing.
/// </summary>
public sealed class BackEndMeter : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string Name = "VhostDevice.BackEnd";

    private readonly Meter _meter = new(Name);

    // Replaced, never changed: listeners read it.
    private volatile Socket[] _sockets = [];

    public BackEndMeter()
    {
        SocketCounter("vhost_device.connections.accepted", "{connection}", "Connections accepted", static s => s.Accepted);
        _meter.CreateObservableUpDownCounter(
            "vhost_device.connections",
            () => Sockets(static s => s.Connections),
            "{connection}",
            "Connections open now");
        SocketCounter(
            "vhost_device.reconnects",
            "{connection}",
            "Front-ends that got the device after another one had left",
            static s => s.Reconnects);
        SocketCounter(
            "vhost_device.protocol.errors",
            "{connection}",
            "Connections that ended because of what the front-end said or did",
            static s => s.ProtocolErrors);
        SocketCounter("vhost_device.broken_rings", "{ring}", "Rings that could not be believed any more and stopped", static s => s.BrokenRings);
        QueueCounter("vhost_device.queue.kicks", "{kick}", "Wake-ups by the driver", static q => q.Kicks);
        QueueCounter("vhost_device.queue.interrupts", "{interrupt}", "Interrupts sent to the driver", static q => q.Interrupts);
        QueueCounter("vhost_device.queue.chains", "{chain}", "Descriptor chains completed, malformed ones included", static q => q.Chains);
        QueueCounter("vhost_device.queue.read", "By", "Bytes that the driver wrote for the device, in the chains completed", static q => q.BytesRead);
        QueueCounter("vhost_device.queue.written", "By", "Bytes that the device wrote, as reported in the used ring", static q => q.BytesWritten);
        QueueCounter("vhost_device.queue.malformed", "{chain}", "Chains that broke a rule of the ring", static q => q.Malformed);
        QueueCounter("vhost_device.queue.errors", "{error}", "Requests or turns that the device could not serve", static q => q.Errors);
    }

    /// <summary>Adds a server's counters. From one thread.</summary>
    /// <param name="device">The tag <c>device</c>, such as "rng".</param>
    /// <param name="socket">The tag <c>socket</c>, such as the path.</param>
    public void Add(string device, string socket, SocketCounters counters) =>
        _sockets = [.. _sockets, new Socket(counters, new("device", device), new("socket", socket))];

    /// <summary>Takes a server's counters away again. From the same thread.</summary>
    public void Remove(SocketCounters counters) => _sockets = [.. _sockets.Where(s => s.Counters != counters)];

    public void Dispose() => _meter.Dispose();

    private void SocketCounter(string name, string unit, string description, Func<SocketCounters, ulong> read) =>
        _meter.CreateObservableCounter(name, () => Sockets(read), unit, description);

    private void QueueCounter(string name, string unit, string description, Func<QueueCounters, ulong> read) =>
        _meter.CreateObservableCounter(name, () => Queues(read), unit, description);

    private IEnumerable<Measurement<long>> Sockets(Func<SocketCounters, ulong> read)
    {
        foreach (Socket s in _sockets)
            yield return new Measurement<long>((long)read(s.Counters), s.Device, s.Name);
    }

    private IEnumerable<Measurement<long>> Queues(Func<QueueCounters, ulong> read)
    {
        foreach (Socket s in _sockets)
        {
            IReadOnlyList<QueueCounters> queues = s.Counters.Queues;
            for (int i = 0; i < queues.Count; i++)
                yield return new Measurement<long>((long)read(queues[i]), s.Device, s.Name, new("queue", i));
        }
    }

    private sealed record Socket(SocketCounters Counters, KeyValuePair<string, object?> Device, KeyValuePair<string, object?> Name);
}
