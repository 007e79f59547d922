// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Virtio.Memory;

/// <summary>Whoever lends guest memory, and wants to know which pages of it are written while the guest is migrated.</summary>
public interface IMemoryOwner
{
    /// <summary>Where writes are marked at the moment; null: nowhere.</summary>
    DirtyLog? WriteLog { get; }

    /// <summary>There is something new in the log.</summary>
    void WritesMarked();
}
