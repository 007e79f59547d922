// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Bench.Vsock;

/// <summary>What a load on a vsock is made of.</summary>
internal sealed record VsockLoadOptions
{
    /// <summary>Connections open at the same time.</summary>
    internal int Connections { get; init; } = 1;

    /// <summary>Payload of a packet that the guest sends, in bytes.</summary>
    internal int SendBytes { get; init; } = 64;

    /// <summary>Payload for which a receive buffer has room, in bytes; Linux has a little less than 4096.</summary>
    internal int ReceiveBytes { get; init; } = 4096;

    /// <summary>How long to go on.</summary>
    internal TimeSpan Time { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Round trips, connections or packets after which it ends before its time.</summary>
    internal long MaxRequests { get; init; } = long.MaxValue;
}
