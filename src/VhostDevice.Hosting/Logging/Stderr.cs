// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using VhostDevice.Linux;

namespace VhostDevice.Hosting.Logging;

/// <summary>Standard error without the console machinery, which a daemon's start need not pay for.</summary>
internal static class Stderr
{
    private static readonly LineOutput s_output = new(2);

    /// <summary>Writes a line, or loses it, when a pipe, a socket or a terminal takes no more.</summary>
    /// <param name="lost">The line that tells how many were lost; written before the first that is taken again.</param>
    internal static void WriteLine(string line, Func<long, string>? lost = null) => s_output.Write(line, lost ?? DefaultLost);

    /// <inheritdoc cref="LineOutput.WaitForRoom"/>
    internal static bool WaitForRoom(int milliseconds) => s_output.WaitForRoom(milliseconds);

    private static string DefaultLost(long count) => string.Create(CultureInfo.InvariantCulture, $"{count} lines are missing here");
}
