// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Text;

namespace VhostDevice.Devices.Scmi;

/// <summary>A kind of sensor that the command line knows.</summary>
/// <param name="Properties">With whether each is needed, and what it says.</param>
internal sealed record ScmiSensorKind(
    string Name, string Purpose, string Example, params IReadOnlyList<(string Name, bool IsNeeded, string Help)> Properties)
{
    internal const string Fake = "fake";
    internal const string Iio = "iio";
    internal const string Hwmon = "hwmon";

    internal static IReadOnlyList<ScmiSensorKind> All { get; } =
    [
        new(Fake, "Three axes of an acceleration that count", "fake,name=count", ("name", false, "Name that the guest sees")),
        new(
            Iio,
            "A channel of an industrial I/O device of the host, or all its axes",
            "iio,path=/sys/bus/iio/devices/iio:device0,channel=in_accel",
            ("path", true, "The device's folder in sysfs"),
            ("channel", true, "The beginning of the names of its files: in_accel, in_voltage0"),
            ("name", false, "Name that the guest sees; otherwise the device's")),
        new(
            Hwmon,
            "An input of a hardware monitor of the host, or all of them",
            "hwmon,path=/sys/class/hwmon/hwmon0,channel=temp1",
            ("path", true, "The monitor's folder in sysfs"),
            ("channel", false, "One input: temp1, in0, curr1, power1, energy1, fan1, humidity1; otherwise all of them"),
            ("name", false, "Name that the guest sees; otherwise the input's label")),
    ];

    /// <summary>What --help-devices prints.</summary>
    internal static string Help
    {
        get
        {
            StringBuilder text = new("Available devices:\n");
            foreach (ScmiSensorKind kind in All)
            {
                text.Append($"\n- {kind.Name}: {kind.Purpose}\n  Parameters:\n");
                foreach ((string name, bool isNeeded, string help) in kind.Properties)
                    text.Append($"  - {name}{(isNeeded ? "" : " (optional)")}: {help}\n");
                text.Append($"  Example: --device {kind.Example}\n");
            }

            return text.ToString();
        }
    }

    internal static ScmiSensorKind? Find(string name) => All.FirstOrDefault(k => k.Name == name);
}
