// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Bench.BackEnds;

namespace VhostDevice.Bench.Figures;

/// <summary>What is to be measured, and where.</summary>
internal sealed record SuiteOptions
{
    internal required Launch Daemon { get; init; }

    internal Launch? Peer { get; init; }

    internal required int[] AllCpus { get; init; }

    /// <summary>The generator's CPU, and in the one-CPU placement the daemon's too.</summary>
    internal required int GeneratorCpu { get; init; }

    /// <summary>The daemon's CPU in the two-CPU placement; null when there is only one.</summary>
    internal int? DaemonCpu { get; init; }

    internal int Rounds { get; init; }

    internal TimeSpan Slice { get; init; }

    internal int PollMicroseconds { get; init; }

    /// <summary>Keys of the figures wanted; empty for all.</summary>
    internal IReadOnlyCollection<string> Only { get; init; } = [];
}
