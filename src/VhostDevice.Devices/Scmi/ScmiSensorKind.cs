// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Text;

namespace VhostDevice.Devices.Scmi;

/// <summary>A kind of sensor that the command line knows.</summary>
internal sealed class ScmiSensorKind(string name, string purpose, string example, params ScmiProperty[] properties)
{
    internal const string Fake = "fake";
    internal const string Iio = "iio";
    internal const string Hwmon = "hwmon";

    private static readonly ScmiSensorKind[] s_all =
    [
        new(Fake, "Three axes of an acceleration that count", "fake,name=count", new ScmiProperty("name", false, "Name that the guest sees")),
        new(
            Iio,
            "A channel of an industrial I/O device of the host, or all its axes",
            "iio,path=/sys/bus/iio/devices/iio:device0,channel=in_accel",
            new ScmiProperty("path", true, "The device's folder in sysfs"),
            new ScmiProperty("channel", true, "The beginning of the names of its files: in_accel, in_voltage0"),
            new ScmiProperty("name", false, "Name that the guest sees; otherwise the device's")),
        new(
            Hwmon,
            "An input of a hardware monitor of the host, or all of them",
            "hwmon,path=/sys/class/hwmon/hwmon0,channel=temp1",
            new ScmiProperty("path", true, "The monitor's folder in sysfs"),
            new ScmiProperty("channel", false, "One input: temp1, in0, curr1, power1, energy1, fan1, humidity1; otherwise all of them"),
            new ScmiProperty("name", false, "Name that the guest sees; otherwise the input's label")),
    ];

    internal static IReadOnlyList<ScmiSensorKind> All => s_all;

    /// <summary>What --help-devices prints.</summary>
    internal static string Help
    {
        get
        {
            StringBuilder text = new("Available devices:\n");
            foreach (ScmiSensorKind kind in All)
            {
                text.Append($"\n- {kind.Name}: {kind.Purpose}\n  Parameters:\n");
                foreach (ScmiProperty property in kind.Properties)
                    text.Append($"  - {property.Name}{(property.IsNeeded ? "" : " (optional)")}: {property.Help}\n");
                text.Append($"  Example: --device {kind.Example}\n");
            }

            return text.ToString();
        }
    }

    internal string Name => name;

    internal string Purpose => purpose;

    internal string Example => example;

    internal IReadOnlyList<ScmiProperty> Properties => properties;

    internal static ScmiSensorKind? Find(string name) => Array.Find(s_all, k => k.Name == name);
}
