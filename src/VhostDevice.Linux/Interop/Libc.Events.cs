// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.Linux;

internal static unsafe partial class Libc
{
    internal const int EPOLL_CLOEXEC = 0x80000;
    internal const int EPOLL_CTL_ADD = 1;
    internal const int EPOLL_CTL_DEL = 2;
    internal const int EPOLL_CTL_MOD = 3;

    internal const short POLLIN = 0x1;
    internal const short POLLOUT = 0x4;
    internal const short POLLNVAL = 0x20;

    internal const int EFD_CLOEXEC = 0x80000;
    internal const int EFD_NONBLOCK = 0x800;

    internal const int TFD_CLOEXEC = 0x80000;
    internal const int TFD_NONBLOCK = 0x800;
    internal const int TFD_TIMER_ABSTIME = 1;
    internal const int TFD_TIMER_CANCEL_ON_SET = 2;
    internal const int CLOCK_REALTIME = 0;
    internal const int CLOCK_MONOTONIC = 1;
    internal const int CLOCK_BOOTTIME = 7;
    internal const int CLOCK_TAI = 11;

    internal const int SFD_CLOEXEC = 0x80000;
    internal const int SFD_NONBLOCK = 0x800;
    internal const int SIG_BLOCK = 0;
    internal const int SIG_UNBLOCK = 1;
    internal const int SIGPIPE = 13;
    internal const int SIGXFSZ = 25;
    internal static readonly nint SIG_IGN = 1;

    [LibraryImport(Library)]
    internal static partial int epoll_create1(int flags);

    [LibraryImport(Library)]
    internal static partial int epoll_ctl(int epoll, int operation, int fd, void* change);

    [LibraryImport(Library)]
    internal static partial int epoll_wait(int epoll, void* events, int capacity, int timeoutMilliseconds);

    [LibraryImport(Library)]
    internal static partial int poll(PollFd* fds, nuint count, int timeoutMilliseconds);

    [LibraryImport(Library)]
    internal static partial int eventfd(uint initial, int flags);

    [LibraryImport(Library)]
    internal static partial int clock_gettime(int clock, TimeSpec* now);

    [LibraryImport(Library)]
    internal static partial int timerfd_create(int clock, int flags);

    [LibraryImport(Library)]
    internal static partial int timerfd_settime(int fd, int flags, ITimerSpec* value, ITimerSpec* previous);

    [LibraryImport(Library)]
    internal static partial int signalfd(int fd, ulong* set, int flags);

    [LibraryImport(Library)]
    internal static partial int pthread_sigmask(int how, SigSet* set, SigSet* previous);

    [LibraryImport(Library)]
    internal static partial nint signal(int number, nint handler);

    [LibraryImport(Library)]
    internal static partial int siginterrupt(int number, int interrupts);

    [LibraryImport(Library)]
    internal static partial int gettid();

    [LibraryImport(Library)]
    internal static partial int tgkill(int process, int thread, int number);
}
