// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Hosting.Metrics;

namespace VhostDevice.Devices.Input;

/// <summary>What happened on a socket of an input device, whoever comes and goes. Counted and read from any thread.</summary>
public sealed class InputStatistics
{
    private ulong _events;
    private ulong _reports;
    private ulong _dropped;
    private ulong _readAgain;
    private ulong _tooSmall;
    private ulong _status;
    private ulong _refused;

    /// <summary>Events that the guest got.</summary>
    public ulong Events => Volatile.Read(ref _events);

    /// <summary>Reports that the guest got.</summary>
    public ulong Reports => Volatile.Read(ref _reports);

    /// <summary>Reports dropped because the guest was too slow; the state follows later.</summary>
    public ulong Dropped => Volatile.Read(ref _dropped);

    /// <summary>Times that the device's state was read again after a loss.</summary>
    public ulong ReadAgain => Volatile.Read(ref _readAgain);

    /// <summary>Buffers of the driver that hold no event.</summary>
    public ulong TooSmall => Volatile.Read(ref _tooSmall);

    /// <summary>LEDs, sounds and effects of the guest that the device got.</summary>
    public ulong Status => Volatile.Read(ref _status);

    /// <summary>The same that the device does not have.</summary>
    public ulong Refused => Volatile.Read(ref _refused);

    /// <summary>The same for a <see cref="DeviceMeter"/>, with the tag <c>device</c>.</summary>
    /// <param name="label">Of the device.</param>
    public IReadOnlyList<Counter> Counters(string label)
    {
        return
        [
            Made("events", "{event}", "Events that the guest got", () => Events),
            Made("reports", "{report}", "Reports that the guest got", () => Reports),
            Made("dropped", "{report}", "Reports dropped because the guest was too slow; the device's state followed", () => Dropped),
            Made("read_again", "{time}", "Times that the device's state was read again", () => ReadAgain),
            Made("too_small", "{buffer}", "Buffers of the driver that hold no event", () => TooSmall),
            Made("status", "{event}", "LEDs, sounds and effects of the guest", () => Status),
            Made("refused", "{event}", "LEDs, sounds and effects that the device does not have", () => Refused),
        ];

        Counter Made(string name, string unit, string description, Func<ulong> read) =>
            new("vhost_device.input." + name, unit, description, read, new KeyValuePair<string, object?>("device", label));
    }

    // On the guest's own loop, so no atomic addition.
    internal void CountEvent(bool endsReport)
    {
        Volatile.Write(ref _events, _events + 1);
        if (endsReport)
            Volatile.Write(ref _reports, _reports + 1);
    }

    internal void CountReadAgain() => Volatile.Write(ref _readAgain, _readAgain + 1);

    internal void CountTooSmall() => Volatile.Write(ref _tooSmall, _tooSmall + 1);

    internal void CountStatus() => Volatile.Write(ref _status, _status + 1);

    internal void CountRefused() => Volatile.Write(ref _refused, _refused + 1);

    // From any thread.
    internal void CountDropped() => Interlocked.Increment(ref _dropped);
}
