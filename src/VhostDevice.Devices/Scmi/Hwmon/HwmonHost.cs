// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scmi.Sensors;
using VhostDevice.Hosting;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Scmi.Hwmon;

/// <summary>Opens inputs of the host's hardware monitors.</summary>
internal sealed class HwmonHost(HostCalls calls) : IDisposable
{
    private const string InputEnd = "_input";

    // In the order in which their inputs are numbered.
    private static readonly string[] s_kinds = ["temp", "in", "curr", "power", "energy", "fan", "humidity"];

    private readonly List<HwmonSensor> _sensors = [];

    /// <param name="folder">Of the monitor: <c>/sys/class/hwmon/hwmon0</c>.</param>
    /// <param name="channel">One input, <c>temp1</c>; null: all of them.</param>
    /// <param name="name">What the guest sees; null: the input's label, or the monitor's name and the channel.</param>
    /// <exception cref="StartupException">There is none, or it cannot be read.</exception>
    internal IReadOnlyList<IScmiSensor> Open(string folder, string? channel, string? name)
    {
        List<string> channels = Find(folder);
        if (channel is not null && !channels.Contains(channel))
        {
            throw new StartupException(
                $"{folder} has no input '{channel}': {(channels.Count > 0 ? string.Join(", ", channels) : "it has none at all")}");
        }

        if (channels.Count == 0)
            throw new StartupException($"{folder} has no input that can be read, such as temp1_input");
        return [.. channels.Where(c => channel is null || c == channel).Select(c => OpenInput(folder, c, name))];
    }

    public void Dispose()
    {
        foreach (HwmonSensor sensor in _sensors)
            sensor.Dispose();
    }

    private static List<string> Find(string folder)
    {
        try
        {
            List<string> all =
            [
                .. Directory.GetFiles(folder, "*" + InputEnd).Select(static f => Path.GetFileName(f)[..^InputEnd.Length])
                    .Where(static c => KindOf(c) >= 0),
            ];
            all.Sort(static (a, b) => KindOf(a) != KindOf(b) ? KindOf(a) - KindOf(b) : a.Length != b.Length ? a.Length - b.Length
                : string.CompareOrdinal(a, b));
            return all;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            string why = problem is UnauthorizedAccessException ? "no permission" : "there is no such folder";
            throw new StartupException($"the folder {folder} of the hardware monitor cannot be read: {why}");
        }
    }

    private static int KindOf(string channel)
    {
        string kind = channel.TrimEnd('0', '1', '2', '3', '4', '5', '6', '7', '8', '9');
        return kind.Length < channel.Length ? Array.IndexOf(s_kinds, kind) : -1;
    }

    private HwmonSensor OpenInput(string folder, string channel, string? name)
    {
        string path = Path.Combine(folder, channel + InputEnd);
        Errno errno = AttributeFile.Open(path, write: false, out AttributeFile? input);
        if (errno.IsError)
            throw new StartupException($"{path} cannot be read: {errno}");
        string chip = AttributeFile.TextOf(Path.Combine(folder, "name")) is { Length: > 0 } text ? text : "hwmon";
        string label = AttributeFile.TextOf(Path.Combine(folder, channel + "_label")) ?? "";
        string shown = name ?? (label.Length > 0 ? label : $"{chip} {channel}");
        HwmonSensor sensor = new(shown, ValueOf(s_kinds[KindOf(channel)]), input!, calls);
        _sensors.Add(sensor);
        return sensor;
    }

    private static ScmiAxis ValueOf(string kind) => kind switch
    {
        "temp" => new ScmiAxis("", ScmiUnit.Celsius, -3),
        "in" => new ScmiAxis("", ScmiUnit.Volt, -3),
        "curr" => new ScmiAxis("", ScmiUnit.Ampere, -3),
        "power" => new ScmiAxis("", ScmiUnit.Watt, -6),
        "energy" => new ScmiAxis("", ScmiUnit.Joule, -6),
        "fan" => new ScmiAxis("", ScmiUnit.RotationsPerMinute, 0),
        _ => new ScmiAxis("", ScmiUnit.Percent, -3),
    };
}
