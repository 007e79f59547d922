// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Queues;
using VhostDevice.Virtio.Tests.Support;

namespace VhostDevice.Virtio.Tests.Models;

/// <summary>
/// What the models need of a ring, whatever its layout: the driver's steps, and what the specification says that the
/// device's side should look like after so many chains and descriptors. Both are written down as naively as possible.
/// </summary>
internal abstract class ModelRing
{
    public abstract TestGuest Guest { get; }

    public abstract OwnedVirtqueue Queue { get; }

    public abstract RecordingOwner Owner { get; }

    public abstract ushort Size { get; }

    /// <summary>Guest address of the first page that the ring does not use.</summary>
    public abstract ulong Data { get; }

    /// <summary>Descriptors not in use.</summary>
    public abstract int Free { get; }

    /// <summary>Whether a chain may begin with descriptors of the ring and end with a table.</summary>
    public abstract bool MixesTables { get; }

    public abstract bool HasUsed { get; }

    /// <summary>Writes a chain into the ring without exposing it.</summary>
    /// <returns>Its id.</returns>
    public abstract ushort Put(ReadOnlySpan<Desc> chain);

    /// <summary>Writes an indirect table into guest memory and says how long it is.</summary>
    public abstract Desc Indirect(ulong address, ReadOnlySpan<Desc> buffers);

    public abstract void Expose();

    public abstract bool TryTakeUsed(out uint id, out uint length);

    // ---- wishes ----

    /// <summary>Whether the device wants a kick for the last descriptors or chains that were exposed.</summary>
    public abstract bool WantsKick(int chains, int descriptors);

    /// <summary>Wants an interrupt when, beyond what was taken back, so many more came back; each with one descriptor.</summary>
    public abstract void WantInterrupt(int after);

    public abstract void WantNoInterrupt();

    /// <summary>Any wish, also ones that lie behind.</summary>
    public abstract void WishAnything(Random random, Progress at);

    // ---- what the device's side should look like ----

    /// <summary>VRING_BASE after so much was taken and completed.</summary>
    public abstract uint BaseAt(Progress taken, Progress completed);

    /// <summary>Whether the driver's wish is met by what comes from here to there.</summary>
    public abstract bool WantsInterrupt(Progress from, Progress to, bool first);

    /// <summary>What the driver sees of the used ring.</summary>
    public abstract void AssertVisible(Progress published);

    public abstract void AssertSuppressed();

    /// <summary>The device wants to be kicked for what comes after this.</summary>
    public abstract void AssertKickWanted(Progress seen);
}

/// <summary>How far one side has got since the ring began.</summary>
internal readonly record struct Progress(int Chains, int Descriptors)
{
    public Progress Plus(int descriptors) => new(Chains + 1, Descriptors + descriptors);
}
