// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.Virtio.Tests.Litmus;

/// <summary>Puts threads on different processors: left alone, two that wait for each other often share one.</summary>
internal static partial class Processors
{
    private const int Words = 16; // of 64 processors each

    /// <summary>The processors that this process may use.</summary>
    public static int[] Allowed
    {
        get
        {
            Span<ulong> mask = stackalloc ulong[Words];
            if (sched_getaffinity(0, Words * sizeof(ulong), mask) < 0)
                return [];
            List<int> found = [];
            for (int i = 0; i < Words * 64; i++)
            {
                if ((mask[i / 64] >> (i % 64) & 1) != 0)
                    found.Add(i);
            }

            return [.. found];
        }
    }

    /// <summary>Keeps the calling thread on one processor from now on.</summary>
    public static void Pin(int processor)
    {
        Span<ulong> mask = stackalloc ulong[Words];
        mask[processor / 64] = 1UL << (processor % 64);
        _ = sched_setaffinity(0, Words * sizeof(ulong), mask);
    }

    // The raw functions: pid 0 is the calling thread.
    [LibraryImport("libc")]
    private static partial int sched_getaffinity(int pid, nuint size, Span<ulong> mask);

    [LibraryImport("libc")]
    private static partial int sched_setaffinity(int pid, nuint size, ReadOnlySpan<ulong> mask);
}
