// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using VhostDevice.Bench.Interop;

namespace VhostDevice.Bench.Processes;

/// <summary>Keeps others of this machine from the measured CPU, as far as that is permitted.</summary>
internal static class Priority
{
    // Where sessions are scheduled as groups, nice values count only within a session, and the group has its own.
    private const string SessionFile = "/proc/self/autogroup";

    /// <summary>For the calling thread and the processes that it starts; for this session until the result is disposed.</summary>
    internal static IDisposable Raise(int nice)
    {
        _ = Native.setpriority(0, 0, nice);
        SetSession(nice);
        return AtExit.Do(() => SetSession(0));
    }

    /// <summary>For a process, of a session of its own, that is to disturb nobody.</summary>
    internal static void Lower()
    {
        _ = Native.setpriority(0, 0, 19);
        SetSession(19);
    }

    private static void SetSession(int nice)
    {
        try
        {
            File.WriteAllText(SessionFile, nice.ToString(CultureInfo.InvariantCulture));
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            // A kernel without such groups, or no permission: figures are noisier on a busy machine.
        }
    }
}
