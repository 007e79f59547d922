// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux;

/// <summary>How many descriptors this process may have open (RLIMIT_NOFILE).</summary>
public static unsafe class DescriptorLimit
{
    /// <summary>Raises the limit as far as the process may by itself, but not beyond <paramref name="wanted"/>; never lowers it.</summary>
    /// <returns>What the limit is now; 0 when nobody can tell.</returns>
    public static ulong Raise(ulong wanted)
    {
        RLimit limit;
        if (Libc.getrlimit(Libc.RLIMIT_NOFILE, &limit) < 0)
            return 0;
        ulong most = Math.Min(wanted, limit.Hard);
        if (most <= limit.Soft)
            return limit.Soft;
        RLimit raised = new() { Soft = most, Hard = limit.Hard };
        return Libc.setrlimit(Libc.RLIMIT_NOFILE, &raised) < 0 ? limit.Soft : most;
    }
}
