// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Console.Ends;

/// <summary>The first bytes of a piece of the guest's memory, at most 2 GiB - 1.</summary>
internal readonly unsafe ref struct IoVecBytes(IoVec piece, nuint bytes)
{
    internal ReadOnlySpan<byte> Span { get; } = new(piece.Base, (int)Math.Min(bytes, int.MaxValue));
}
