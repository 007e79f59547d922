// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Scsi.Storage;

/// <summary>The system calls of <see cref="SpaceOperation"/>; EOPNOTSUPP from each where the file cannot.</summary>
internal interface ISpaceCalls
{
    /// <summary>fallocate(2).</summary>
    Errno Allocate(int fd, AllocateMode mode, ulong offset, ulong length);

    /// <summary>BLKDISCARD.</summary>
    Errno Discard(int fd, ulong offset, ulong length);

    /// <summary>BLKZEROOUT.</summary>
    Errno ZeroOut(int fd, ulong offset, ulong length);
}
