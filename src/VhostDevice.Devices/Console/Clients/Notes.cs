// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Console.Clients;

/// <summary>Lines for the user that are no output of the guest: on standard error.</summary>
internal static class Notes
{
    private static readonly LineOutput s_error = new(2);

    internal static void Write(string line) => s_error.Write(line, static lost => $"{lost} lines are missing here");
}
