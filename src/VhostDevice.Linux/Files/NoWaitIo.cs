// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux;

/// <summary>
/// Reading and writing pipes and sockets that somebody else has, too. O_NONBLOCK belongs to all who have the file, and
/// whoever is hostile takes it back; here each call says for itself that it must not wait (RWF_NOWAIT, for pipes since
/// Linux 6.5).
/// </summary>
/// <remarks>
/// A kernel or a file that does not know the flag is polled before, which is as good unless the other side fills or
/// drains it in between: then the call waits, and on a loop it is interrupted (<see cref="SharedCallWatch"/>).
/// </remarks>
public static unsafe class NoWaitIo
{
    /// <summary>What is there now. 0 at the end of the stream; -1 with EAGAIN when there is nothing.</summary>
    public static nint Read(int fd, byte* buffer, nuint length, out Errno errno)
    {
        IoVec vector = new(buffer, length);
        while (true)
        {
            nint n = Libc.preadv2(fd, &vector, 1, -1, Libc.RWF_NOWAIT);
            errno = n < 0 ? Errno.Last : Errno.Success;
            if (errno == Errno.EOPNOTSUPP)
                return IsReady(fd, Libc.POLLIN, out errno) ? ReadNow(fd, buffer, length, out errno) : -1;
            if (errno != Errno.EINTR)
                return n;
        }
    }

    /// <summary>As much as there is room for; -1 with EAGAIN when there is none.</summary>
    public static nint Write(int fd, byte* buffer, nuint length, out Errno errno)
    {
        IoVec vector = new(buffer, length);
        while (true)
        {
            nint n = Libc.pwritev2(fd, &vector, 1, -1, Libc.RWF_NOWAIT);
            errno = n < 0 ? Errno.Last : Errno.Success;
            if (errno == Errno.EOPNOTSUPP)
                return IsReady(fd, Libc.POLLOUT, out errno) ? WriteNow(fd, buffer, length, out errno) : -1;
            if (errno != Errno.EINTR)
                return n;
        }
    }

    private static nint ReadNow(int fd, byte* buffer, nuint length, out Errno errno)
    {
        SharedCalls? calls = SharedCalls.Current;
        calls?.Begin();
        nint n = Libc.read(fd, buffer, length);
        errno = n < 0 ? Errno.Last : Errno.Success;
        calls?.End();
        if (errno == Errno.EINTR)
            errno = Errno.EAGAIN;
        return n;
    }

    private static nint WriteNow(int fd, byte* buffer, nuint length, out Errno errno)
    {
        SharedCalls? calls = SharedCalls.Current;
        calls?.Begin();
        nint n = Libc.write(fd, buffer, length);
        errno = n < 0 ? Errno.Last : Errno.Success;
        calls?.End();
        if (errno == Errno.EINTR)
            errno = Errno.EAGAIN;
        return n;
    }

    private static bool IsReady(int fd, short events, out Errno errno)
    {
        PollFd p = new() { Fd = fd, Events = events };
        int n = Libc.poll(&p, 1, 0);
        errno = n < 0 ? Errno.Last : n == 0 ? Errno.EAGAIN : Errno.Success;
        return n == 1;
    }
}
