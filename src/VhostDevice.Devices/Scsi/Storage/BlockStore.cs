// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Scsi.Storage;

/// <summary>What a logical unit keeps its blocks in. For one thread at a time, but for what <see cref="IsShareable"/> says.</summary>
public abstract class BlockStore : IDisposable
{
    /// <summary>Bytes; what was found at the start or at the last <see cref="Refresh"/>.</summary>
    public abstract ulong Length { get; }

    /// <summary>Writes are refused by the store itself.</summary>
    public abstract bool IsReadOnly { get; }

    /// <summary><see cref="BlockOperation.Discard"/> is possible.</summary>
    public virtual bool CanDiscard => false;

    /// <summary>What was discarded reads as zeroes.</summary>
    public virtual bool DiscardsToZero => true;

    /// <summary>There is a cache from which reads are quicker, so that <see cref="BlockOperation.Prefetch"/> makes sense.</summary>
    public virtual bool HasCache => false;

    /// <summary>Several threads may <see cref="Submit"/> at a time.</summary>
    public virtual bool IsShareable => false;

    /// <summary>Bytes in units of which space is given back; a power of two.</summary>
    public virtual uint DiscardUnit => 4096;

    /// <summary>
    /// Begins an operation, whose range its owner has checked.
    /// </summary>
    /// <returns>True when it has ended already, with <see cref="BlockRequest.Error"/>; otherwise
    /// the request hears about it later.</returns>
    public abstract bool Submit(BlockRequest request);

    /// <summary>
    /// Ends an operation that was submitted and is not done, if that is possible; it comes back as always. Nothing happens
    /// with any other one.
    /// </summary>
    public virtual void Cancel(BlockRequest request)
    {
    }

    /// <summary>Looks at the length again.</summary>
    public virtual Errno Refresh() => Errno.Success;

    /// <summary>How the bytes from an offset on are provided for: whether they are a hole, and how far that goes.</summary>
    /// <param name="offset">Less than <see cref="Length"/>.</param>
    /// <returns>The end of the stretch, more than <paramref name="offset"/> and at most <see cref="Length"/>.</returns>
    public virtual ulong Extent(ulong offset, out bool isHole)
    {
        isHole = false;
        return Length;
    }

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }

    /// <summary>For stores that end an operation at once.</summary>
    protected static bool End(BlockRequest request, Errno error)
    {
        request.Error = error;
        return true;
    }
}
