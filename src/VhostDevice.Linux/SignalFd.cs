// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux;

/// <summary>
/// Signals as a readable descriptor. It sees only signals that every thread of the process blocks, so a program
/// that uses it must call <see cref="Block"/> before it starts threads (a .NET runtime has one of its own already:
/// use this for signals whose default action is to be ignored, or directed at a thread).
/// </summary>
public static unsafe class SignalFd
{
    /// <summary>Blocks the signals in the calling thread and those that it starts later.</summary>
    public static Errno Block(params ReadOnlySpan<int> signals)
    {
        SigSet set = SetOf(signals);
        int error = Libc.pthread_sigmask(Libc.SIG_BLOCK, &set, null);
        return new Errno(error);
    }

    public static Errno Create(ReadOnlySpan<int> signals, out OwnedFd? fd)
    {
        SigSet set = SetOf(signals);
        int n = Libc.signalfd(-1, (ulong*)&set, Libc.SFD_CLOEXEC | Libc.SFD_NONBLOCK);
        if (n < 0)
        {
            Errno errno = Errno.Last;
            fd = null;
            return errno;
        }

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

    private static SigSet SetOf(ReadOnlySpan<int> signals)
    {
        SigSet set = default;
        foreach (int s in signals)
            set[(s - 1) / 64] |= 1UL << ((s - 1) % 64);
        return set;
    }
}
