// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux;

/// <summary>Tells when somebody opens a file (inotify(7)).</summary>
public static unsafe class OpenNotice
{
    /// <summary>A descriptor that becomes readable each time the file is opened; it does not block.</summary>
    public static Errno Create(string path, out OwnedFd? notice)
    {
        notice = null;
        int n = Libc.inotify_init1(Libc.IN_NONBLOCK | Libc.IN_CLOEXEC);
        if (n < 0)
            return Errno.Last;
        OwnedFd made = new(n);
        if (Libc.inotify_add_watch(n, path, Libc.IN_OPEN) < 0)
        {
            Errno errno = Errno.Last;
            made.Dispose();
            return errno;
        }

        notice = made;
        return Errno.Success;
    }

    /// <summary>Takes what was told so far.</summary>
    public static void Take(int notice)
    {
        byte* events = stackalloc byte[1024];
        while (Libc.read(notice, events, 1024) > 0)
        {
        }
    }
}
