// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Scsi.Storage;

/// <summary>What is asked of a <see cref="BlockStore"/>.</summary>
public enum BlockOperation
{
    Read,
    Write,

    /// <summary>What was written before, and is back, is on the medium when this is back.</summary>
    Flush,

    /// <summary>The range is not needed any more, and reads as zeroes where <see cref="BlockStore.DiscardsToZero"/> says so.</summary>
    Discard,

    /// <summary>The range reads as zeroes, and keeps its place.</summary>
    Zero,

    /// <summary>
    /// The range is read into the store's cache. With pieces, which are scratch memory, it is there when this is back;
    /// without, the reads have begun.
    /// </summary>
    Prefetch,
}
