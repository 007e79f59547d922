// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Tests.Shared;

/// <summary>Bytes that code allocates on the calling thread.</summary>
internal static class Allocated
{
    private const int Tries = 4;

    /// <summary>
    /// Runs it up to four times and tells the least that one run allocated. While methods are still compiled again, the
    /// compiler may allocate on this thread, and a collection that some other thread causes may take the rest of this
    /// thread's buffer; code that allocates shows it in every run.
    /// </summary>
    internal static long Least(Action run)
    {
        long least = long.MaxValue;
        for (int i = 0; i < Tries && least != 0; i++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            run();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
