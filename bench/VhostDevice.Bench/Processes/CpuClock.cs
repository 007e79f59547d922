// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Bench.Interop;

namespace VhostDevice.Bench.Processes;

/// <summary>
/// The CPU time that a process, with all its threads, has used so far. The scheduler's own account to the nanosecond;
/// the ticks of /proc/PID/stat are a hundred requests long.
/// </summary>
internal readonly unsafe struct CpuClock
{
    private readonly int _clock;

    private CpuClock(int clock) => _clock = clock;

    internal static CpuClock CurrentThread => new(Native.CLOCK_THREAD_CPUTIME_ID);

    internal static CpuClock Of(int pid)
    {
        int clock;
        Native.CheckCode(Native.clock_getcpuclockid(pid, &clock), $"CPU clock of process {pid}");
        return new CpuClock(clock);
    }

    internal long Nanoseconds
    {
        get
        {
            long* time = stackalloc long[2];
            Native.Check(Native.clock_gettime(_clock, time), "clock_gettime");
            return (time[0] * 1_000_000_000) + time[1];
        }
    }
}
