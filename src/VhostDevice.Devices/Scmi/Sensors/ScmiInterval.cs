// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Scmi.Sensors;

/// <summary>The time between two readings: seconds times a power of ten (SCMI 3.2 §4.7.2.9).</summary>
/// <param name="Seconds">1 or more.</param>
/// <param name="Exponent">-16 to 15.</param>
public readonly record struct ScmiInterval(ushort Seconds, int Exponent)
{
    private const uint ExponentMask = 0x1f;
    private const int ConfigSecondsShift = 16;
    private const int ConfigExponentShift = 11;

    /// <summary>Below this a timer would not keep up.</summary>
    private static readonly TimeSpan s_least = TimeSpan.FromMilliseconds(1);

    /// <summary>As a list of intervals has it.</summary>
    internal uint Bits => ((uint)Seconds << 5) | ((uint)Exponent & ExponentMask);

    /// <summary>As a sensor's configuration has it.</summary>
    internal uint ConfigBits => ((uint)Seconds << ConfigSecondsShift) | (((uint)Exponent & ExponentMask) << ConfigExponentShift);

    internal double TotalSeconds => Seconds * Math.Pow(10, Exponent);

    /// <summary>As long as a timer can have it.</summary>
    internal TimeSpan Period => TimeSpan.FromSeconds(Math.Clamp(TotalSeconds, s_least.TotalSeconds, TimeSpan.FromDays(1).TotalSeconds));

    internal static ScmiInterval OfConfig(uint config)
    {
        int exponent = (int)((config >> ConfigExponentShift) & ExponentMask);
        return new ScmiInterval((ushort)(config >> ConfigSecondsShift), exponent > 15 ? exponent - 32 : exponent);
    }

    /// <summary>The nearest that three digits can say.</summary>
    internal static ScmiInterval OfSeconds(double seconds)
    {
        int exponent = 0;
        while (seconds < 100 && exponent > -16)
        {
            seconds *= 10;
            exponent--;
        }

        while (seconds > ushort.MaxValue && exponent < 15)
        {
            seconds /= 10;
            exponent++;
        }

        ushort digits = (ushort)Math.Clamp(Math.Round(seconds), 1, ushort.MaxValue);
        for (; digits % 10 == 0 && exponent < 15; exponent++)
            digits /= 10;
        return new ScmiInterval(digits, exponent);
    }
}
