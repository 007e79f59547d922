// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Scmi.Sensors;

/// <summary>What a value is a number of (SCMI 3.2 §4.7.2.5.1, after DMTF's DSP0249). Those that something here has.</summary>
public enum ScmiUnit : byte
{
    None = 0,
    Unspecified = 1,
    Celsius = 2,
    Volt = 5,
    Ampere = 6,
    Watt = 7,
    Joule = 8,
    Lux = 13,
    Kilopascal = 15,
    RotationsPerMinute = 19,
    Hertz = 20,
    Meter = 31,
    Radian = 36,
    Gauss = 45,
    Farad = 48,
    Ohm = 49,
    Siemens = 50,
    Percent = 65,
    Pascal = 66,
    RadianPerSecond = 87,
    MeterPerSecondSquared = 89,
    MeterPerSecond = 90,
}
