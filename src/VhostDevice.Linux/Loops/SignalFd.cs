// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux;

/// <summary>
/// Signals as a readable descriptor. It sees only signals that every thread of the process blocks, so a program
/// that uses it must call <see cref="Block"/> before it starts threads (a .NET runtime has one of its own already:
/// use this for signals whose default action is to be ignored, or directed at a thread).
/// </summary>
public static unsafe class SignalFd
{
    // _NSIG of the kernel: sigset_t has room for more, but no more signals exist.
    private const int LastSignal = 64;

    /// <summary>Blocks the signals in the calling thread and those that it starts later.</summary>
    public static Errno Block(params ReadOnlySpan<int> signals)
    {
        if (!TrySetOf(signals, out SigSet set))
            return Errno.EINVAL;
        // The pthread functions return the error instead of setting errno.
        return new Errno(Libc.pthread_sigmask(Libc.SIG_BLOCK, &set, null));
    }

    /// <summary>Undoes <see cref="Block"/> in the calling thread; what waited is delivered at once.</summary>
    public static Errno Unblock(params ReadOnlySpan<int> signals)
    {
        if (!TrySetOf(signals, out SigSet set))
            return Errno.EINVAL;
        return new Errno(Libc.pthread_sigmask(Libc.SIG_UNBLOCK, &set, null));
    }

    public static Errno Create(ReadOnlySpan<int> signals, out OwnedFd? fd)
    {
        fd = null;
        if (!TrySetOf(signals, out SigSet set))
            return Errno.EINVAL;
        int n = Libc.signalfd(-1, (ulong*)&set, Libc.SFD_CLOEXEC | Libc.SFD_NONBLOCK);
        if (n < 0)
            return Errno.Last;
        fd = new OwnedFd(n);
        return Errno.Success;
    }

    /// <summary>Takes one pending signal; EAGAIN when there is none.</summary>
    public static Errno Read(int fd, out int signal)
    {
        SignalFdInfo info;
        nint n = Libc.read(fd, &info, (nuint)sizeof(SignalFdInfo));
        Errno errno = n < 0 ? Errno.Last : Errno.Success;
        signal = n == sizeof(SignalFdInfo) ? (int)info.Signal : 0;
        return errno;
    }

    /// <summary>Makes a write to a closed pipe or socket an EPIPE instead of the end of the process.</summary>
    public static void IgnoreBrokenPipes() => _ = Libc.signal(Libc.SIGPIPE, Libc.SIG_IGN);

    /// <summary>A write beyond the limit of the size of files (RLIMIT_FSIZE) fails with EFBIG instead of ending the process.</summary>
    public static void IgnoreFileLimits() => _ = Libc.signal(Libc.SIGXFSZ, Libc.SIG_IGN);

    private static bool TrySetOf(ReadOnlySpan<int> signals, out SigSet set)
    {
        set = default;
        foreach (int s in signals)
        {
            if (s is < 1 or > LastSignal)
                return false;
            set[0] |= 1UL << (s - 1);
        }

        return true;
    }
}
