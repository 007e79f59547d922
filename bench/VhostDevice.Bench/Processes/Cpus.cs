// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using VhostDevice.Bench.Interop;

namespace VhostDevice.Bench.Processes;

/// <summary>Which CPUs there are, and who runs where.</summary>
internal static unsafe class Cpus
{
    private const int Words = 16;

    /// <summary>The CPUs that this process may use.</summary>
    internal static int[] Allowed()
    {
        ulong* set = stackalloc ulong[Words];
        new Span<ulong>(set, Words).Clear();
        Native.Check(Native.sched_getaffinity(0, Words * sizeof(ulong), set), "sched_getaffinity");
        List<int> cpus = [];
        for (int cpu = 0; cpu < Words * 64; cpu++)
        {
            if ((set[cpu / 64] >> (cpu % 64) & 1) != 0)
                cpus.Add(cpu);
        }

        return [.. cpus];
    }

    /// <summary>Moves the calling thread.</summary>
    internal static void PinThread(params ReadOnlySpan<int> cpus) =>
        Native.Check(Pin(0, cpus), $"sched_setaffinity to CPU {string.Join(',', cpus.ToArray())}");

    /// <summary>Moves all threads of a process; those it starts later follow the one that starts them.</summary>
    /// <exception cref="BenchException">The process has ended.</exception>
    internal static void PinProcess(int pid, int cpu)
    {
        foreach (string task in ProcessFiles.Read(pid, folder => Directory.GetDirectories(Path.Combine(folder, "task"))))
        {
            // A thread that ended meanwhile need not be moved.
            _ = Pin(int.Parse(Path.GetFileName(task), CultureInfo.InvariantCulture), [cpu]);
        }
    }

    private static int Pin(int tid, ReadOnlySpan<int> cpus)
    {
        ulong* set = stackalloc ulong[Words];
        new Span<ulong>(set, Words).Clear();
        foreach (int cpu in cpus)
            set[cpu / 64] |= 1UL << (cpu % 64);
        return Native.sched_setaffinity(tid, Words * sizeof(ulong), set);
    }
}
