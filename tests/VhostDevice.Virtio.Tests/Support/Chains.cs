// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Virtio.Tests.Support;

/// <summary>Short ways to look at a chain.</summary>
internal static unsafe class Chains
{
    /// <summary>The pieces as (host address, length).</summary>
    public static (ulong Host, ulong Length)[] Listed(this ReadOnlySpan<IoVec> pieces)
    {
        (ulong, ulong)[] list = new (ulong, ulong)[pieces.Length];
        for (int i = 0; i < list.Length; i++)
            list[i] = ((ulong)pieces[i].Base, pieces[i].Length);
        return list;
    }

    /// <summary>Where a piece of guest memory is expected.</summary>
    public static (ulong Host, ulong Length) Piece(this TestGuest guest, ulong address, ulong length) => ((ulong)guest.Host(address), length);

    /// <summary>All that the driver wrote.</summary>
    public static byte[] ReadAll(this DescriptorChain chain)
    {
        byte[] bytes = new byte[chain.ReadableBytes];
        ChainReader reader = chain.Reader();
        Assert.Equal(bytes.Length, reader.Read(bytes));
        Assert.Equal(0ul, reader.Remaining);
        return bytes;
    }

    public static byte[] Pattern(int length, int seed = 1)
    {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++)
            bytes[i] = (byte)((i * 7) + seed);
        return bytes;
    }
}
