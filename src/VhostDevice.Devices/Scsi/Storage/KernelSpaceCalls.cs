// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Scsi.Storage;

/// <summary>The kernel's.</summary>
internal sealed class KernelSpaceCalls : ISpaceCalls
{
    internal static readonly KernelSpaceCalls Instance = new();

    public Errno Allocate(int fd, AllocateMode mode, ulong offset, ulong length) => DiskIo.Allocate(fd, mode, offset, length);

    public Errno Discard(int fd, ulong offset, ulong length) => BlockDeviceSpace.Discard(fd, offset, length);

    public Errno ZeroOut(int fd, ulong offset, ulong length) => BlockDeviceSpace.ZeroOut(fd, offset, length);
}
