// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using VhostDevice.Bench.Interop;

namespace VhostDevice.Bench.Processes;

/// <summary>Keeps others of this machine from the measured CPU, as far as that is permitted.</summary>
internal sealed class Priority : IDisposable
{
    // Where sessions are scheduled as groups, nice values count only within a session, and the group has its own.
    private const string SessionFile = "/proc/self/autogroup";

    private Priority()
    {
    }

    /// <summary>For the calling thread and the processes that it starts, and until it is disposed for this session.</summary>
    internal static Priority Raise(int nice)
    {
        _ = Native.setpriority(0, 0, nice);
        SetSession(nice);
        return new Priority();
    }

    public void Dispose() => SetSession(0);

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
