// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.VhostUser.Wire;
using VhostDevice.Virtio;

namespace VhostDevice.Program.Tools;

/// <summary>A probe's result as text: one fact per line, lists indented below their heading.</summary>
internal static class ProbeReport
{
    private const int BytesPerLine = 16;

    internal static IEnumerable<string> Lines(ProbeResult result, uint? deviceType)
    {
        if (result.Features is { } features)
        {
            yield return $"features: 0x{features:x}";
            foreach (string name in result.FeatureNames(deviceType))
                yield return "  " + name;
        }

        if (result.ProtocolFeatures is { } protocol)
        {
            yield return $"protocol features: 0x{(ulong)protocol:x}";
            foreach (string name in WireNames.Of(protocol))
                yield return "  " + name;
        }

        if (result.QueueCount is { } queues)
            yield return $"queues: {queues}";
        if (result.MaxMemorySlots is { } slots)
            yield return $"memory slots: {slots}";
        if (result.Status is { } status)
        {
            yield return $"device status: 0x{status:x}";
            foreach (string name in DeviceStatusNames.Of(status))
                yield return "  " + name;
        }

        if (result.SharedMemory is { } regions)
        {
            for (int i = 0; i < regions.Count; i++)
                yield return $"shared memory region {i}: {regions[i]} bytes";
        }

        if (result.Config is { } config)
        {
            foreach (string line in Config(config))
                yield return line;
        }
    }

    // Back-ends may pad with zeroes, so trailing ones say nothing.
    private static IEnumerable<string> Config(byte[] config)
    {
        int used = config.AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
        yield return $"configuration space: {config.Length} bytes can be read{(used < config.Length ? $", zero from {used} on" : "")}";
        for (int at = 0; at < used; at += BytesPerLine)
        {
            string hex = string.Join(
                ' ',
                config.Skip(at)
                    .Take(Math.Min(BytesPerLine, used - at))
                    .Select(b => b.ToString("x2", System.Globalization.CultureInfo.InvariantCulture)));
            yield return $"  {at:x4}  {hex}";
        }
    }
}
