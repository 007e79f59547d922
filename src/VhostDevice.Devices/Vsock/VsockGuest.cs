// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Vsock;

/// <summary>A guest of a <see cref="VsockHub"/>, whether a front-end is connected or not: its address, its groups, its way to the host.</summary>
/// <param name="cid"><see cref="VsockCid.FirstGuest"/> up to 2^32-2.</param>
/// <param name="groups">Guests with a group in common may connect to each other.</param>
/// <param name="host">Disposed by the owner of the guest.</param>
public sealed class VsockGuest(ulong cid, IReadOnlyCollection<string> groups, IVsockHost host)
{
    /// <summary>The default of <see cref="BufferSize"/>.</summary>
    public const uint DefaultBufferSize = 256 * 1024;

    public const uint MaxBufferSize = 1 << 30;

    private readonly HashSet<string> _groups = [.. groups];

    public ulong Cid { get; } = cid;

    public IReadOnlyCollection<string> Groups => _groups;

    public IVsockHost Host { get; } = host;

    /// <summary>Bytes that may wait for a host program that does not read, for each connection; what the guest is told (buf_alloc).</summary>
    public uint BufferSize { get; init; } = DefaultBufferSize;

    /// <summary>Largest ring; a power of two.</summary>
    public ushort QueueSize { get; init; } = 1024;

    /// <summary>The most connections at a time, those that a host program has begun to ask for included. Fewer than there
    /// are refuse others and end none. On the guest's loop, or before that runs.</summary>
    public int MaxConnections { get; set; } = DescriptorShare.MaxConnections;

    /// <summary>Whether a front-end runs it.</summary>
    public bool IsRunning => Device is not null;

    /// <summary>Connections that it has. On its loop.</summary>
    public int ConnectionCount => Device?.ConnectionCount ?? 0;

    /// <summary>The device while a front-end runs it.</summary>
    internal VsockDevice? Device { get; set; }

    // Once per connection, so without the objects that Overlaps makes.
    internal bool MayReach(VsockGuest other)
    {
        foreach (string group in _groups)
        {
            if (other._groups.Contains(group))
                return true;
        }

        return false;
    }
}
