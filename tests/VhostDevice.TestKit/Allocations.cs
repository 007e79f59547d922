// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.TestKit;

/// <summary>What is left for the garbage collector on a loop's thread.</summary>
public static class Allocations
{
    private const int Tries = 4;

    /// <summary>
    /// Bytes that a load has the thread allocate: the least of a few tries, for what requests allocate, they allocate every
    /// time; the compiler, which is still at work, does not.
    /// </summary>
    public static long Least(LoopThread thread, Action load)
    {
        ArgumentNullException.ThrowIfNull(thread);
        ArgumentNullException.ThrowIfNull(load);
        long least = long.MaxValue;
        for (int i = 0; i < Tries && least > 0; i++)
            least = Math.Min(least, Once(thread, load));
        return least;
    }

    private static long Once(LoopThread thread, Action load)
    {
        long before = Look(thread);
        load();
        // Looking costs an object or two itself; the same look without a load in between shows how much.
        long between = Look(thread);
        long after = Look(thread);
        return Math.Abs(between - before - (after - between));
    }

    private static long Look(LoopThread thread) => thread.Invoke(static () => GC.GetAllocatedBytesForCurrentThread());
}
