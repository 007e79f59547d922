// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Hosting.Daemon;

/// <summary>
/// Gives memory back when a front-end has left. The collector looks when something is allocated, and at large and pinned
/// objects (a device state, the lists of pieces that the kernel reads) only after megabytes of them; a daemon without a
/// guest allocates nothing, so it would keep them for ever.
/// </summary>
internal sealed class IdleCollection
{
    /// <summary>More bytes than there were after the last collection. Less is not worth the half millisecond.</summary>
    private const long Worthwhile = 1 << 20;

    private readonly Lock _one = new();
    private long _kept = GC.GetTotalMemory(forceFullCollection: false);

    /// <summary>From any thread, at a moment when nobody waits for it.</summary>
    internal void Offer()
    {
        if (GC.GetTotalMemory(forceFullCollection: false) - Volatile.Read(ref _kept) < Worthwhile || !_one.TryEnter())
            return;
        try
        {
            // Aggressive: what is free goes back to the kernel at once.
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            Volatile.Write(ref _kept, GC.GetTotalMemory(forceFullCollection: false));
        }
        finally
        {
            _one.Exit();
        }
    }
}
