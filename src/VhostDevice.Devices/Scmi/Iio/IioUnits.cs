// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scmi.Sensors;

namespace VhostDevice.Devices.Scmi.Iio;

/// <summary>What the values of an IIO channel are numbers of, by its kind (Linux, Documentation/ABI/testing/sysfs-bus-iio).</summary>
internal static class IioUnits
{
    /// <param name="channel">With its direction, and perhaps a number: <c>in_accel</c>, <c>in_voltage0</c>.</param>
    internal static ScmiUnit Of(string channel) => Kind(channel) switch
    {
        "accel" or "gravity" => ScmiUnit.MeterPerSecondSquared,
        "angle" => ScmiUnit.Radian,
        "anglvel" => ScmiUnit.RadianPerSecond,
        "capacitance" => ScmiUnit.Farad,
        "concentration" or "humidityrelative" or "positionrelative" => ScmiUnit.Percent,
        "current" => ScmiUnit.Ampere,
        "distance" or "proximity" => ScmiUnit.Meter,
        "electricalconductivity" => ScmiUnit.Siemens,
        "energy" => ScmiUnit.Joule,
        "illuminance" => ScmiUnit.Lux,
        "magn" => ScmiUnit.Gauss,
        "ph" => ScmiUnit.None,
        "power" => ScmiUnit.Watt,
        "pressure" => ScmiUnit.Pascal,
        "resistance" => ScmiUnit.Ohm,
        "temp" => ScmiUnit.Celsius,
        "velocity_sqrt(x^2+y^2+z^2)" => ScmiUnit.MeterPerSecond,
        "voltage" => ScmiUnit.Volt,
        _ => ScmiUnit.Unspecified,
    };

    /// <summary>The power of ten that the values are multiplied by.</summary>
    /// <inheritdoc cref="Of"/>
    internal static int ExponentOf(string channel) => Kind(channel) switch
    {
        "capacitance" => -9,
        "current" or "humidityrelative" or "ph" or "positionrelative" or "power" or "temp" or "velocity_sqrt(x^2+y^2+z^2)" or "voltage" => -3,
        "pressure" => 3,
        _ => 0,
    };

    // Of several channels of a kind: voltage3, and voltage1-voltage2 for a difference.
    private static string Kind(string channel)
    {
        string kind = channel.StartsWith("in_", StringComparison.Ordinal) ? channel[3..] : channel;
        return kind.Contains('(', StringComparison.Ordinal) ? kind : kind.Split('-')[0].TrimEnd('0', '1', '2', '3', '4', '5', '6', '7', '8', '9');
    }
}
