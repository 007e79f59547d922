// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using VhostDevice.Devices.Scmi.Sensors;
using VhostDevice.Hosting;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Scmi.Iio;

/// <summary>
/// One value of an IIO device: its raw file, what makes it a value with a unit, and its place in scans of a buffer if it has one.
/// </summary>
internal sealed class IioChannel : IDisposable
{
    private const int LeastExponent = -16;
    private const int MostExponent = 15;

    private readonly AttributeFile _raw;
    private readonly long _offset;
    private readonly double _factor;

    /// <param name="folder">Of the device, in sysfs.</param>
    /// <param name="channel">What the user named: <c>in_accel</c>.</param>
    /// <param name="name">The same with the axis, if it has one: <c>in_accel_x</c>.</param>
    internal IioChannel(string folder, string channel, string name, string axisName)
    {
        Name = name;
        string path = Path.Combine(folder, name + "_raw");
        Errno errno = AttributeFile.Open(path, write: false, out AttributeFile? raw);
        if (errno.IsError)
            throw new StartupException($"{path} cannot be read: {errno}");
        _raw = raw!;
        _offset = (long)NumberOf(folder, channel, name, "offset", 0, isWhole: true);
        double scale = NumberOf(folder, channel, name, "scale", 1, isWhole: false);
        int exponent = IioUnits.ExponentOf(channel);
        int ownExponent = Math.Clamp(Exponent(scale), LeastExponent - exponent, MostExponent - exponent);
        _factor = scale / Math.Pow(10, ownExponent);
        Axis = new ScmiAxis(axisName, IioUnits.Of(channel), exponent + ownExponent)
        {
            Resolution = (uint)Math.Clamp(Math.Abs(_factor), 0, (1 << 27) - 1),
        };
        Element = IioElement.Open(folder, name);
    }

    internal string Name { get; }

    internal ScmiAxis Axis { get; }

    /// <summary>Its place in scans; null: it has none.</summary>
    internal IioElement? Element { get; }

    /// <summary>Reads it. May wait.</summary>
    internal Errno Read(out long value)
    {
        Errno errno = _raw.Read(out long raw);
        value = errno.IsSuccess ? ValueOf(raw) : 0;
        return errno;
    }

    /// <summary>What a raw value is in the unit and exponent of the axis.</summary>
    internal long ValueOf(long raw)
    {
        double value = Math.Round(((double)raw + _offset) * _factor, MidpointRounding.AwayFromZero);
        return value >= long.MaxValue ? long.MaxValue : value <= long.MinValue ? long.MinValue : (long)value;
    }

    public void Dispose()
    {
        _raw.Dispose();
        Element?.Dispose();
    }

    // The power of ten below the scale, so that a step of the raw value is one or more.
    private static int Exponent(double scale)
    {
        scale = Math.Abs(scale);
        if (scale == 0 || !double.IsFinite(scale))
            return 0;
        int exponent = (int)Math.Log10(scale);
        return scale < 1 ? exponent - 1 : exponent;
    }

    // A file for the axis alone, for the channel, or for the kind of channel.
    private static double NumberOf(string folder, string channel, string name, string what, double otherwise, bool isWhole)
    {
        string kind = channel.TrimEnd('0', '1', '2', '3', '4', '5', '6', '7', '8', '9');
        foreach (string file in (string[])[$"{name}_{what}", what, $"{channel}_{what}", $"{kind}_{what}"])
        {
            string path = Path.Combine(folder, file);
            if (!File.Exists(path))
                continue;
            string text = AttributeFile.TextOf(path) ?? throw new StartupException($"{path} cannot be read");
            NumberStyles styles = isWhole ? NumberStyles.AllowLeadingSign : NumberStyles.Float;
            return double.TryParse(text, styles, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number)
                ? number
                : throw new StartupException($"{path} has no number: '{text}'");
        }

        return otherwise;
    }
}
