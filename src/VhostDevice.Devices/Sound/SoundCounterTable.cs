// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Hosting.Metrics;

namespace VhostDevice.Devices.Sound;

/// <summary>The statistics of a stream as counters, with the tag <c>stream</c>.</summary>
public static class SoundCounterTable
{
    private const double Million = 1_000_000;

    /// <summary>What a <see cref="DeviceMeter"/> shows of a stream.</summary>
    public static IReadOnlyList<Counter> Of(SoundPort port)
    {
        SoundStatistics statistics = port.Statistics;
        return
        [
            Made("frames", "{frame}", "Frames played or recorded", () => statistics.Frames),
            Made("periods", "{buffer}", "Buffers of the guest that were played or filled", () => statistics.Periods),
            Made("xruns", "{event}", "Gaps because the guest had no buffer when the next one was due", () => statistics.Xruns),
            Made("silent", "{frame}", "Recorded frames that are silence because there was nothing to record", () => statistics.Silent),
            Made("failed", "{buffer}", "Buffers that went back unplayed or unfilled", () => statistics.Failed),
            Made("refused", "{request}", "Requests of the guest that made no sense, or not then", () => statistics.Refused),
            Made("latency", "us", "From the guest's buffer to the listener, or back", () => statistics.LatencyMicroseconds, isLevel: true),
            Made("peak", "[ppm]", "The largest sample of late, in millionths of full scale", () => Share(port.Meter?.Peak), isLevel: true),
            Made("power", "[ppm]", "The root of their mean square, likewise", () => Share(port.Meter?.Power), isLevel: true),
        ];

        Counter Made(string name, string unit, string description, Func<ulong> read, bool isLevel = false) =>
            new("vhost_device.sound." + name, unit, description, read, new KeyValuePair<string, object?>("stream", port.Name)) { IsLevel = isLevel };
    }

    private static ulong Share(double? part) => (ulong)((part ?? 0) * Million);
}
