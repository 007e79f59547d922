// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;

namespace VhostDevice.Bench.Figures;

/// <summary>Numbers for people: three digits that count, and a unit.</summary>
internal static class Format
{
    internal static string Microseconds(double nanoseconds) => Number(nanoseconds / 1000) + " µs";

    internal static string Milliseconds(double nanoseconds) => Number(nanoseconds / 1_000_000) + " ms";

    internal static string Rate(double bytesPerSecond) => Number(bytesPerSecond / 1e6) + " MB/s";

    internal static string Megabytes(double bytes) => Number(bytes / 1e6) + " MB";

    internal static string Number(double value)
    {
        string format = Math.Abs(value) switch
        {
            < 1 => "0.000",
            < 10 => "0.00",
            < 100 => "0.0",
            _ => "0",
        };
        return double.IsNaN(value) ? "-" : value.ToString(format, CultureInfo.InvariantCulture);
    }

    internal static string PerSecond(double value) => Count(value) + "/s";

    /// <summary>Of a buffer or the like, in bytes.</summary>
    internal static string Size(int bytes) => bytes >= 1024 && bytes % 1024 == 0 ? $"{bytes / 1024} KiB" : $"{bytes} B";

    internal static string Count(double value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
