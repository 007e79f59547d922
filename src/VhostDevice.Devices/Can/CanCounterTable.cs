// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Hosting.Metrics;

namespace VhostDevice.Devices.Can;

/// <summary>The statistics of a can socket as counters, with the tag <c>bus</c>.</summary>
public static class CanCounterTable
{
    /// <summary>What a <see cref="DeviceMeter"/> shows of a socket.</summary>
    public static IReadOnlyList<Counter> Of(ICanBus bus, CanStatistics statistics)
    {
        return
        [
            Made("sent", "{frame}", "Frames of the guest that the bus took", static s => s.Sent),
            Made("refused", "{frame}", "Frames of the guest that made no sense", static s => s.Refused),
            Made("failed", "{frame}", "Frames of the guest that the bus did not take, or of a stopped controller", static s => s.Failed),
            Made("filtered", "{frame}", "Frames of either direction that the guest's filters do not let pass", static s => s.Filtered),
            Made("late", "{wait}", "Times that the guest waited for the bus in vain", static s => s.Late),
            Made("received", "{frame}", "Frames that the guest got", static s => s.Received),
            Made("unsuitable", "{frame}", "Frames of the bus that the guest's driver has no use for", static s => s.Unsuitable),
            Made("dropped", "{frame}", "Frames of the bus lost because the guest was too slow", static s => s.Dropped),
            Made("too_small", "{frame}", "Frames of the bus lost because the driver's buffer was too small", static s => s.TooSmall),
            Made("bus_off", "{event}", "Times that the controller left the bus because of errors", static s => s.BusOff),
        ];

        Counter Made(string name, string unit, string description, Func<CanStatistics, ulong> read) =>
            new("vhost_device.can." + name, unit, description, () => read(statistics), new KeyValuePair<string, object?>("bus", bus.Name));
    }

    /// <summary>The same of a controller on a simulated bus.</summary>
    internal static IReadOnlyList<Counter> Of(SimulatedCanBus bus, CanNode node)
    {
        return
        [
            Made("destroyed", "{frame}", "Frames of the controller that an error on the bus destroyed, each time", () => node.Destroyed),
            Made("transmit_errors", "{error}", "The controller's transmit error counter", () => (ulong)node.TransmitErrors, isLevel: true),
            Made("receive_errors", "{error}", "The controller's receive error counter", () => (ulong)node.ReceiveErrors, isLevel: true),
            Made("busy", "{microsecond}", "How long frames of the controller were on the bus", () => node.BusyMicroseconds),
            Made("bus_busy", "{microsecond}", "How long any frames were on the bus: its load, as a rate", () => bus.BusyMicroseconds),
        ];

        Counter Made(string name, string unit, string description, Func<ulong> read, bool isLevel = false) =>
            new("vhost_device.can." + name, unit, description, read, new KeyValuePair<string, object?>("bus", bus.Name)) { IsLevel = isLevel };
    }
}
