// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Bench.Load;

/// <summary>What came of one run.</summary>
internal readonly record struct LoadResult
{
    internal long Requests { get; init; }

    internal long Bytes { get; init; }

    internal TimeSpan Elapsed { get; init; }

    /// <summary>Nanoseconds that half of the requests did not exceed.</summary>
    internal double P50 { get; init; }

    internal double P99 { get; init; }

    internal double P999 { get; init; }

    internal long Kicks { get; init; }

    internal long Interrupts { get; init; }

    /// <summary>Nanoseconds of CPU time per request.</summary>
    internal double DaemonCpu { get; init; }

    internal double GeneratorCpu { get; init; }

    internal double RequestsPerSecond => Requests / Elapsed.TotalSeconds;

    internal double BytesPerSecond => Bytes / Elapsed.TotalSeconds;

    internal double KicksPerRequest => (double)Kicks / Requests;

    internal double InterruptsPerRequest => (double)Interrupts / Requests;
}
