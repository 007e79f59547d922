// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.Linux;

/// <summary>
/// The owner of one file descriptor: closes it once, on <see cref="SafeHandle.Dispose()"/> or at finalization.
/// System calls on the data path take the bare number from <see cref="Fd"/>; whoever stores that number
/// keeps the owner alive as well.
/// </summary>
public sealed class OwnedFd : SafeHandle
{
    /// <summary>Takes ownership of <paramref name="fd"/>, which must be open and not owned by anyone else.</summary>
    public OwnedFd(int fd)
        : base(-1, ownsHandle: true) => SetHandle(fd);

    /// <summary>The descriptor's number, or -1 once closed.</summary>
    public int Fd => IsClosed ? -1 : (int)handle;

    public override bool IsInvalid => (int)handle < 0;

    /// <summary>A second descriptor for the same open file, with close-on-exec set.</summary>
    public Errno Duplicate(out OwnedFd? copy)
    {
        int fd = Libc.fcntl(Fd, Libc.F_DUPFD_CLOEXEC, 3);
        if (fd < 0)
        {
            Errno errno = Errno.Last;
            copy = null;
            return errno;
        }

        copy = new OwnedFd(fd);
        return Errno.Success;
    }

    // close(2) is not retried: on Linux the descriptor is gone whatever it returns.
    protected override bool ReleaseHandle() => Libc.close((int)handle) == 0;
}
