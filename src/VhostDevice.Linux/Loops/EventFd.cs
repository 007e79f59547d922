// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux;

/// <summary>An eventfd: a 64-bit counter that wakes whoever waits for it.</summary>
public static unsafe class EventFd
{
    public static Errno Create(bool nonBlocking, out OwnedFd? fd)
    {
        int n = Libc.eventfd(0, Libc.EFD_CLOEXEC | (nonBlocking ? Libc.EFD_NONBLOCK : 0));
        if (n < 0)
        {
            Errno errno = Errno.Last;
            fd = null;
            return errno;
        }

        fd = new OwnedFd(n);
        return Errno.Success;
    }

    /// <summary>Adds 1. EAGAIN means that the counter is full, so the waiter is awake anyhow.</summary>
    public static Errno Signal(int fd)
    {
        ulong one = 1;
        // Exactly 8 bytes with write(2): some front-ends hand over the write end of a pipe instead of an eventfd.
        return Libc.write(fd, &one, sizeof(ulong)) < 0 ? Errno.Last : Errno.Success;
    }

    /// <summary>
    /// Adds 1 to the counter of an eventfd that a stranger has, too, and may make blocking and fill at any time: on a loop
    /// the call ends with EINTR when it has waited for some 30 ms. Nothing was added then. See <see cref="SharedCallWatch"/>.
    /// </summary>
    public static Errno SignalShared(int fd)
    {
        if (SharedCalls.Current is not { } calls)
            return Signal(fd);
        calls.Begin();
        Errno errno = Signal(fd);
        calls.End();
        return errno;
    }

    /// <summary>Reads and clears the counter; EAGAIN when it is 0 and the descriptor does not block.</summary>
    public static Errno Consume(int fd, out ulong count)
    {
        ulong value = 0;
        nint n = Libc.read(fd, &value, sizeof(ulong));
        Errno errno = n < 0 ? Errno.Last : Errno.Success;
        count = value;
        return errno;
    }

    /// <summary>Whether a write would go through now. One poll(2).</summary>
    public static bool CanSignal(int fd)
    {
        PollFd p = new() { Fd = fd, Events = Libc.POLLOUT };
        return Libc.poll(&p, 1, 0) == 1 && (p.ReturnedEvents & Libc.POLLOUT) != 0;
    }

    /// <summary>Waits until the descriptor is readable. False when the time ran out or it is not open.</summary>
    /// <param name="timeoutMilliseconds">-1 waits for ever.</param>
    public static bool Wait(int fd, int timeoutMilliseconds) => Wait(fd, Libc.POLLIN, timeoutMilliseconds);

    /// <summary>Waits until a write would not wait, or would fail. False when the time ran out or it is not open.</summary>
    /// <param name="timeoutMilliseconds">-1 waits for ever.</param>
    public static bool WaitForRoom(int fd, int timeoutMilliseconds) => Wait(fd, Libc.POLLOUT, timeoutMilliseconds);

    private static bool Wait(int fd, short events, int timeoutMilliseconds)
    {
        PollFd p = new() { Fd = fd, Events = events };
        while (true)
        {
            int n = Libc.poll(&p, 1, timeoutMilliseconds);
            // A closed descriptor is reported at once too, and nothing can be read from it.
            if (n >= 0 || Errno.Last != Errno.EINTR)
                return n == 1 && (p.ReturnedEvents & Libc.POLLNVAL) == 0;
        }
    }
}
