// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;

namespace VhostDevice.Devices.Boards.Can.Ecu.Diagnosis;

/// <summary>A value of OBD-II (SAE J1979): its identifier, its encoding, and the parameter that has it.</summary>
/// <param name="Id">The PID.</param>
/// <param name="Bytes">That it is encoded in, 1 to 4, the highest first.</param>
internal sealed record ObdValue(byte Id, string Name, string Unit, int Bytes, double Factor = 1, double Offset = 0)
{
    /// <summary>The values that an ECU can be given by name.</summary>
    internal static ObdValue[] All { get; } =
    [
        new(0x04, "engine-load", "%", 1, 100.0 / 255),
        new(0x05, "coolant-temperature", "°C", 1, Offset: -40),
        new(0x06, "fuel-trim-short", "%", 1, 100.0 / 128, -100),
        new(0x07, "fuel-trim-long", "%", 1, 100.0 / 128, -100),
        new(0x0A, "fuel-pressure", "kPa", 1, 3),
        new(0x0B, "intake-pressure", "kPa", 1),
        new(0x0C, "engine-speed", "rpm", 2, 0.25),
        new(0x0D, "vehicle-speed", "km/h", 1),
        new(0x0E, "timing-advance", "°", 1, 0.5, -64),
        new(0x0F, "intake-temperature", "°C", 1, Offset: -40),
        new(0x10, "air-flow", "g/s", 2, 0.01),
        new(0x11, "throttle", "%", 1, 100.0 / 255),
        new(0x1F, "run-time", "s", 2),
        new(0x21, "distance-with-lamp", "km", 2),
        new(0x2C, "egr", "%", 1, 100.0 / 255),
        new(0x2F, "fuel-level", "%", 1, 100.0 / 255),
        new(0x30, "warm-ups", "", 1),
        new(0x31, "distance-since-clear", "km", 2),
        new(0x33, "barometric-pressure", "kPa", 1),
        new(0x42, "module-voltage", "V", 2, 0.001),
        new(0x43, "absolute-load", "%", 2, 100.0 / 255),
        new(0x45, "throttle-relative", "%", 1, 100.0 / 255),
        new(0x46, "ambient-temperature", "°C", 1, Offset: -40),
        new(0x49, "accelerator", "%", 1, 100.0 / 255),
        new(0x4D, "time-with-lamp", "min", 2),
        new(0x4E, "time-since-clear", "min", 2),
        new(0x51, "fuel-type", "", 1),
        new(0x52, "ethanol", "%", 1, 100.0 / 255),
        new(0x5A, "pedal", "%", 1, 100.0 / 255),
        new(0x5C, "oil-temperature", "°C", 1, Offset: -40),
        new(0x5E, "fuel-rate", "l/h", 2, 0.05),
        new(0x62, "torque-percent", "%", 1, Offset: -125),
        new(0x63, "torque-reference", "Nm", 2),
        new(0xA6, "odometer", "km", 4, 0.1),
    ];

    /// <summary>Null: there is none of that name.</summary>
    internal static ObdValue? Find(string name) => Array.Find(All, v => v.Name == name);

    /// <summary>All names, for people.</summary>
    internal static string Names => string.Join(", ", Array.ConvertAll(All, v => v.Name));

    private double Steps => Math.Pow(256, Bytes) - 1;

    /// <summary>A parameter that can have what can be encoded.</summary>
    internal NumberParameter Parameter(double value) => new(Name, Unit, Offset, Math.Round(Offset + (Factor * Steps), 6), value);

    internal bool Has(double value) => value >= Offset && value <= Math.Round(Offset + (Factor * Steps), 6);

    internal byte[] Encode(double value)
    {
        Span<byte> all = stackalloc byte[4];
        double steps = Math.Round((value - Offset) / Factor, MidpointRounding.AwayFromZero);
        BinaryPrimitives.WriteUInt32BigEndian(all, (uint)Math.Clamp(steps, 0, Steps));
        return all[(4 - Bytes)..].ToArray();
    }
}
