// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Bench.Load;

namespace VhostDevice.Bench.Figures;

/// <summary>One more figure out of the runs of a <see cref="LoadFigure"/>, without a limit of its own.</summary>
/// <param name="Title">What it is.</param>
/// <param name="Value">The figure out of a run.</param>
/// <param name="Unit">How it is written.</param>
internal sealed record Reading(string Title, Func<LoadResult, double> Value, Func<double, string> Unit)
{
    /// <summary>What the back-end itself costs, all threads, system calls and context switches included.</summary>
    internal static Reading DaemonCpu(string what) => new($"daemon's CPU time per {what}", r => r.DaemonCpu, Format.Microseconds);
}
