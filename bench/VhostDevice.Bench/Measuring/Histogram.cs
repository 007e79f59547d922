// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Numerics;

namespace VhostDevice.Bench.Measuring;

/// <summary>
/// Counts times in nanoseconds by size: buckets of fixed relative width (1/64, so at most 1.6 % off), like an HDR
/// histogram. Recording allocates nothing.
/// </summary>
internal sealed class Histogram
{
    private const int PrecisionBits = 6;
    private const int Steps = 1 << PrecisionBits;

    private readonly long[] _counts = new long[(64 - PrecisionBits + 1) * Steps];

    internal long Count { get; private set; }

    internal long Max { get; private set; }

    internal void Record(long nanoseconds)
    {
        _counts[Bucket((ulong)Math.Max(nanoseconds, 0))]++;
        Count++;
        Max = Math.Max(Max, nanoseconds);
    }

    internal void Clear()
    {
        Array.Clear(_counts);
        Count = Max = 0;
    }

    /// <summary>The time that a share of the recorded ones does not exceed; the middle of its bucket. 0 when nothing was recorded.</summary>
    /// <param name="share">0.5 for the median, 0.999 for p99.9.</param>
    internal double Percentile(double share)
    {
        long wanted = (long)Math.Ceiling(share * Count);
        long seen = 0;
        for (int i = 0; i < _counts.Length; i++)
        {
            seen += _counts[i];
            if (_counts[i] > 0 && seen >= wanted)
                return Math.Min(Middle(i), Max);
        }

        return Max;
    }

    // Up to 63 every value has its bucket; above, each power of two has 64.
    private static int Bucket(ulong value)
    {
        int shift = Math.Max(0, BitOperations.Log2(value | 1) - PrecisionBits);
        return (shift * Steps) + (int)(value >> shift);
    }

    private static double Middle(int bucket)
    {
        int shift = Math.Max(0, (bucket / Steps) - 1);
        ulong start = (ulong)(bucket - (shift * Steps)) << shift;
        return start + (((1UL << shift) - 1) / 2.0);
    }
}
