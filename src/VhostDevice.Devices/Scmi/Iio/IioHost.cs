// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Devices.Scmi.Sensors;
using VhostDevice.Hosting;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Scmi.Iio;

/// <summary>Opens sensors of IIO devices; sensors of one device share its buffer.</summary>
/// <param name="nodes">Where the devices' files are: /dev.</param>
internal sealed class IioHost(string nodes, HostCalls calls, ILogger log) : IDisposable
{
    private const string RawEnd = "_raw";
    private const int MostNameLength = 15;

    private readonly Dictionary<string, IioBuffer?> _buffers = [];
    private readonly List<IioSensor> _sensors = [];

    /// <param name="folder">Of the device in sysfs: <c>/sys/bus/iio/devices/iio:device0</c>.</param>
    /// <param name="channel">The beginning of its files' names: <c>in_accel</c>.</param>
    /// <param name="name">What the guest sees; null: as the device is called.</param>
    /// <exception cref="StartupException">There is no such channel, or it cannot be read.</exception>
    internal IScmiSensor Open(string folder, string channel, string? name)
    {
        folder = folder.Length > 1 ? folder.TrimEnd('/') : folder;
        List<string> axes = FindAxes(folder, channel);
        bool isScalar = axes is [""];
        IioBuffer? buffer = BufferOf(folder);
        string prefix = channel.StartsWith("in_", StringComparison.Ordinal) ? channel[3..] : channel;
        List<IioChannel> channels = [];
        foreach (string axis in axes)
        {
            channels.Add(new IioChannel(
                folder, channel, isScalar ? channel : $"{channel}_{axis}", isScalar ? "" : $"{prefix}_{axis.ToUpperInvariant()}"));
        }

        string shown = name ?? AttributeFile.TextOf(Path.Combine(folder, "name")) ?? "iio";
        IioSensor sensor = new(name ?? Cut(shown), !isScalar, channels, buffer, calls);
        _sensors.Add(sensor);
        return sensor;
    }

    public void Dispose()
    {
        foreach (IioBuffer? buffer in _buffers.Values)
            buffer?.Dispose();
        foreach (IioSensor sensor in _sensors)
            sensor.Dispose();
    }

    private static string Cut(string name) =>
        name.Length == 0 ? "iio" : name.Length > MostNameLength ? name[..MostNameLength] : name;

    // "" for one without axes; otherwise their letters in order.
    private static List<string> FindAxes(string folder, string channel)
    {
        string[] files;
        try
        {
            files = Directory.GetFiles(folder, channel + "*" + RawEnd);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            string why = problem is UnauthorizedAccessException ? "no permission" : "there is no such folder";
            throw new StartupException($"the folder {folder} of the iio device cannot be read: {why}");
        }

        List<string> names = [.. files.Select(static f => Path.GetFileName(f)[..^RawEnd.Length])];
        if (names.Contains(channel))
            return [""];
        List<string> axes = [.. names.Where(n => n.Length == channel.Length + 2 && n[^2] == '_').Select(static n => n[^1..])];
        if (axes.Count is 0 or > 16)
            throw new StartupException($"{folder} has no channel '{channel}': there is neither {channel}{RawEnd} nor {channel}_x{RawEnd}");
        axes.Sort(StringComparer.Ordinal);
        return axes;
    }

    private IioBuffer? BufferOf(string folder)
    {
        string device = Path.GetFileName(folder);
        if (!_buffers.TryGetValue(folder, out IioBuffer? buffer))
            _buffers.Add(folder, buffer = IioBuffer.Open(folder, device, Path.Combine(nodes, device), log));
        return buffer;
    }
}
