// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Images;

/// <summary>
/// What is done with an image, for other programs to see: two that write to one image destroy what is on it. QEMU and
/// its tools do the same with the images that they use (docs/devices/scsi.md), so that each sees the other.
/// </summary>
/// <remarks>
/// <para>
/// All locks are shared. One on byte 100 + n says "does n", one on byte 200 + n "others must not do n"; n is 0 for
/// reading, 1 for writing. Whoever comes sets its own first and looks at those of others then, so that of two that come
/// at the same time at least one is refused.
/// </para>
/// <para>
/// The lock has an opening of its own: an io_uring and what is under way in it may keep the others open for a moment
/// longer than a process that was killed, and its successor would be refused.
/// </para>
/// </remarks>
internal sealed class ImageLock : IDisposable
{
    private const ulong Does = 100;
    private const ulong Forbids = 200;
    private const ulong Reading = 0;
    private const ulong Writing = 1;

    private readonly OwnedFd _file;

    private ImageLock(OwnedFd file) => _file = file;

    /// <summary>Takes the lock of a file, which ends with the result.</summary>
    /// <param name="writes">The file is going to be written.</param>
    /// <param name="shares">Others may write to it meanwhile.</param>
    /// <returns>
    /// EAGAIN when somebody uses the file in a way that does not go with this one; ENOLCK, EOPNOTSUPP or EINVAL where there
    /// are no such locks.
    /// </returns>
    internal static Errno TryTake(string path, bool writes, bool shares, out ImageLock? taken)
    {
        taken = null;
        Errno errno = Files.Open(path, write: false, nonBlocking: true, out OwnedFd? file);
        if (errno.IsError)
            return errno;
        ImageLock made = new(file!);
        errno = made.Take(writes, shares);
        if (errno.IsSuccess)
            taken = made;
        else
            made.Dispose();
        return errno;
    }

    public void Dispose() => _file.Dispose();

    private Errno Take(bool writes, bool shares)
    {
        Errno errno = FileLocks.Share(_file.Fd, Does + Reading, 1);
        if (errno.IsSuccess && writes)
            errno = FileLocks.Share(_file.Fd, Does + Writing, 1);
        if (errno.IsSuccess && !shares)
            errno = FileLocks.Share(_file.Fd, Forbids + Writing, 1);
        if (errno.IsSuccess)
            errno = Look(Forbids + Reading);
        if (errno.IsSuccess && writes)
            errno = Look(Forbids + Writing);
        if (errno.IsSuccess && !shares)
            errno = Look(Does + Writing);
        return errno;
    }

    private Errno Look(ulong at)
    {
        Errno errno = FileLocks.IsLockedByOther(_file.Fd, at, 1, out bool isLocked);
        return errno.IsSuccess && isLocked ? Errno.EAGAIN : errno;
    }
}
