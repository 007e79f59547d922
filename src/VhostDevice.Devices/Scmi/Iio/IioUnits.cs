// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scmi.Sensors;

namespace VhostDevice.Devices.Scmi.Iio;

/// <summary>What the values of an IIO channel are numbers of, by its kind (Linux, Documentation/ABI/testing/sysfs-bus-iio).</summary>
internal static class IioUnits
{
    private static readonly (string Kind, ScmiUnit Unit, int Exponent)[] s_all =
    [
        ("accel", ScmiUnit.MeterPerSecondSquared, 0),
        ("angle", ScmiUnit.Radian, 0),
        ("anglvel", ScmiUnit.RadianPerSecond, 0),
        ("capacitance", ScmiUnit.Farad, -9),
        ("concentration", ScmiUnit.Percent, 0),
        ("current", ScmiUnit.Ampere, -3),
        ("distance", ScmiUnit.Meter, 0),
        ("electricalconductivity", ScmiUnit.Siemens, 0),
        ("energy", ScmiUnit.Joule, 0),
        ("gravity", ScmiUnit.MeterPerSecondSquared, 0),
        ("humidityrelative", ScmiUnit.Percent, -3),
        ("illuminance", ScmiUnit.Lux, 0),
        ("magn", ScmiUnit.Gauss, 0),
        ("ph", ScmiUnit.None, -3),
        ("positionrelative", ScmiUnit.Percent, -3),
        ("power", ScmiUnit.Watt, -3),
        ("pressure", ScmiUnit.Pascal, 3),
        ("proximity", ScmiUnit.Meter, 0),
        ("resistance", ScmiUnit.Ohm, 0),
        ("temp", ScmiUnit.Celsius, -3),
        ("velocity_sqrt(x^2+y^2+z^2)", ScmiUnit.MeterPerSecond, -3),
        ("voltage", ScmiUnit.Volt, -3),
    ];

    /// <param name="channel">With its direction, and perhaps a number: <c>in_accel</c>, <c>in_voltage0</c>.</param>
    internal static (ScmiUnit Unit, int Exponent) Of(string channel)
    {
        string kind = channel.StartsWith("in_", StringComparison.Ordinal) ? channel[3..] : channel;
        // Of several channels of a kind: voltage3, and voltage1-voltage2 for a difference.
        string numbered = kind.Split('-')[0].TrimEnd('0', '1', '2', '3', '4', '5', '6', '7', '8', '9');
        foreach ((string name, ScmiUnit unit, int exponent) in s_all)
        {
            if (name == kind || name == numbered)
                return (unit, exponent);
        }

        return (ScmiUnit.Unspecified, 0);
    }
}
