// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using VhostDevice.Bench.Interop;

namespace VhostDevice.Bench.Processes;

/// <summary>What whoever started us left open.</summary>
internal static class Descriptors
{
    /// <summary>
    /// Keeps it from the processes that we start: a daemon would hold the caller's lock, or the end of a pipe that
    /// the caller waits for.
    /// </summary>
    internal static void KeepToUs()
    {
        foreach (string entry in Directory.GetFileSystemEntries("/proc/self/fd"))
        {
            int fd = int.Parse(Path.GetFileName(entry), CultureInfo.InvariantCulture);
            // The listing's own is closed already, which does not matter.
            if (fd > 2)
                _ = Native.fcntl(fd, Native.F_SETFD, Native.FD_CLOEXEC);
        }
    }
}
