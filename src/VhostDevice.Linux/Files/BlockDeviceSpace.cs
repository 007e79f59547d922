// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux.Sandbox;

namespace VhostDevice.Linux;

/// <summary>What block devices can be asked to do to a range besides fallocate(2). All of it waits for the device.</summary>
public static unsafe class BlockDeviceSpace
{
    /// <summary>Gives the range back (BLKDISCARD); what it reads as then is the device's affair.</summary>
    /// <param name="offset">Bytes; a multiple of the device's blocks, as the length.</param>
    /// <returns>EOPNOTSUPP where the device cannot.</returns>
    public static Errno Discard(int fd, ulong offset, ulong length) => Ask(fd, CallArguments.BLKDISCARD, offset, length);

    /// <summary>The range reads as zeroes (BLKZEROOUT): the kernel writes them where the device cannot make them by itself.</summary>
    /// <param name="offset">Bytes; a multiple of the device's blocks, as the length.</param>
    public static Errno ZeroOut(int fd, ulong offset, ulong length) => Ask(fd, CallArguments.BLKZEROOUT, offset, length);

    private static Errno Ask(int fd, uint request, ulong offset, ulong length)
    {
        ulong* range = stackalloc ulong[] { offset, length };
        while (Libc.ioctl(fd, request, range) < 0)
        {
            Errno errno = Errno.Last;
            if (errno != Errno.EINTR)
                return errno;
        }

        return Errno.Success;
    }
}
