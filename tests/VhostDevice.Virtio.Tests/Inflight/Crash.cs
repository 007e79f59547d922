// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Tests.Support;

namespace VhostDevice.Virtio.Tests.Inflight;

/// <summary>Shared memory as a back-end left it that died at one certain store: the ring and the record.</summary>
/// <param name="Ring">All bytes of the ring, from guest address 0.</param>
/// <param name="Record">All bytes of the record.</param>
/// <param name="Outstanding">Heads that the driver has made available, in this order, and not taken back from the used ring.</param>
/// <param name="Taken">Entries of the used ring that the driver had taken.</param>
internal sealed record Crash(byte[] Ring, byte[] Record, ushort[] Outstanding, ushort Taken)
{
    /// <summary>Heads whose used entry the driver can see though it has not looked yet.</summary>
    internal ushort[] Visible(RingFixture f)
    {
        List<ushort> heads = [];
        for (ushort i = Taken; i != f.Driver.UsedIndex; i++)
            heads.Add((ushort)f.Driver.UsedAtIndex(i).Id);
        return [.. heads];
    }
}
