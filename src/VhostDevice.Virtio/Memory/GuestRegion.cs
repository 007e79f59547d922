// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Virtio.Memory;

/// <summary>
/// One contiguous piece of guest memory as this process sees it. A region may belong to several snapshots of the
/// guest's memory at a time; what backs it is disposed with the last of them.
/// </summary>
public sealed unsafe class GuestRegion
{
    private readonly IDisposable? _backing;
    private int _references;

    /// <param name="guestAddress">Guest-physical address of the first byte.</param>
    /// <param name="userAddress">The front-end's own address of the first byte; ring addresses use these.</param>
    /// <param name="host">The first byte in this process.</param>
    /// <param name="size">Length in bytes.</param>
    /// <param name="backing">The mapping; ownership passes to the region.</param>
    public GuestRegion(ulong guestAddress, ulong userAddress, byte* host, ulong size, IDisposable? backing)
    {
        GuestAddress = guestAddress;
        UserAddress = userAddress;
        Host = host;
        Size = size;
        _backing = backing;
    }

    public ulong GuestAddress { get; }

    public ulong UserAddress { get; }

    public ulong Size { get; }

    public byte* Host { get; }

    // Snapshots may belong to several threads.
    internal void Retain() => Interlocked.Increment(ref _references);

    /// <summary>Disposes the backing of a region that no snapshot ever took.</summary>
    public void Discard()
    {
        if (_references == 0)
            _backing?.Dispose();
    }

    /// <summary>Gives up one snapshot's hold.</summary>
    internal void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
            _backing?.Dispose();
    }
}
