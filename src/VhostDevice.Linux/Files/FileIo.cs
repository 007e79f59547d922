// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux;

/// <summary>
/// Reading and writing on a bare descriptor. Each returns the bytes moved (0 at the end of a file) or -1 with
/// <c>errno</c> set; EINTR is retried. Memory is passed by address so that guest memory needs no copy.
/// </summary>
public static unsafe class FileIo
{
    public static nint Read(int fd, byte* buffer, nuint length, out Errno errno)
    {
        while (true)
        {
            nint n = Libc.read(fd, buffer, length);
            if (Done(n, out errno))
                return n;
        }
    }

    public static nint Write(int fd, byte* buffer, nuint length, out Errno errno)
    {
        while (true)
        {
            nint n = Libc.write(fd, buffer, length);
            if (Done(n, out errno))
                return n;
        }
    }

    /// <param name="vectors">At most <see cref="IoVec.MaxPerCall"/> are used.</param>
    public static nint ReadV(int fd, ReadOnlySpan<IoVec> vectors, out Errno errno)
    {
        fixed (IoVec* v = vectors)
        {
            while (true)
            {
                nint n = Libc.readv(fd, v, Count(vectors));
                if (Done(n, out errno))
                    return n;
            }
        }
    }

    /// <summary>Bytes that can be read now without waiting; 0 where nobody knows.</summary>
    public static int Available(int fd)
    {
        int bytes = 0;
        return Libc.ioctl(fd, TerminalIoctl.FIONREAD, &bytes) < 0 ? 0 : bytes;
    }

    /// <inheritdoc cref="ReadV"/>
    public static nint WriteV(int fd, ReadOnlySpan<IoVec> vectors, out Errno errno)
    {
        fixed (IoVec* v = vectors)
        {
            while (true)
            {
                nint n = Libc.writev(fd, v, Count(vectors));
                if (Done(n, out errno))
                    return n;
            }
        }
    }

    /// <inheritdoc cref="ReadV"/>
    /// <param name="offset">Bytes from the start of the file.</param>
    public static nint PReadV(int fd, ReadOnlySpan<IoVec> vectors, long offset, out Errno errno)
    {
        fixed (IoVec* v = vectors)
        {
            while (true)
            {
                nint n = Libc.preadv(fd, v, Count(vectors), offset);
                if (Done(n, out errno))
                    return n;
            }
        }
    }

    /// <inheritdoc cref="PReadV"/>
    public static nint PWriteV(int fd, ReadOnlySpan<IoVec> vectors, long offset, out Errno errno)
    {
        fixed (IoVec* v = vectors)
        {
            while (true)
            {
                nint n = Libc.pwritev(fd, v, Count(vectors), offset);
                if (Done(n, out errno))
                    return n;
            }
        }
    }

    private static int Count(ReadOnlySpan<IoVec> vectors) => Math.Min(vectors.Length, IoVec.MaxPerCall);

    private static bool Done(nint result, out Errno errno)
    {
        errno = result < 0 ? Errno.Last : Errno.Success;
        return errno != Errno.EINTR;
    }
}
