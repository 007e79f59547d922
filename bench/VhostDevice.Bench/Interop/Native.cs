// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;
using VhostDevice.Linux;

namespace VhostDevice.Bench.Interop;

/// <summary>What only a benchmark asks of the C library: processes, CPUs, clocks of others.</summary>
internal static unsafe partial class Native
{
    private const string Library = "libc";

    internal const int SIGKILL = 9;
    internal const int SIGTERM = 15;
    internal const int WNOHANG = 1;
    internal const int SOL_SOCKET = 1;
    internal const int SO_PEERCRED = 17;
    internal const int F_SETFD = 2;
    internal const int FD_CLOEXEC = 1;
    internal const int O_WRONLY = 1;
    internal const int O_CREAT = 0x40;
    internal const int O_APPEND = 0x400;
    internal const int O_CLOEXEC = 0x80000;
    internal const int CLOCK_THREAD_CPUTIME_ID = 3;
    internal const int EPOLL_CTL_ADD = 1;
    internal const uint EPOLLIN = 1;
    internal const uint EPOLLET = 1u << 31;

    [LibraryImport(Library)]
    internal static partial int sched_getaffinity(int tid, nuint size, ulong* set);

    [LibraryImport(Library)]
    internal static partial int sched_setaffinity(int tid, nuint size, ulong* set);

    [LibraryImport(Library)]
    internal static partial int posix_spawnp(int* pid, byte* path, void* fileActions, void* attributes, byte** arguments, byte** environment);

    [LibraryImport(Library)]
    internal static partial int posix_spawn_file_actions_init(void* actions);

    [LibraryImport(Library)]
    internal static partial int posix_spawn_file_actions_destroy(void* actions);

    [LibraryImport(Library)]
    internal static partial int posix_spawn_file_actions_addopen(void* actions, int fd, byte* path, int flags, uint mode);

    [LibraryImport(Library)]
    internal static partial int posix_spawn_file_actions_adddup2(void* actions, int fd, int newFd);

    [LibraryImport(Library)]
    internal static partial int pipe2(int* ends, int flags);

    [LibraryImport(Library)]
    internal static partial int close(int fd);

    [LibraryImport(Library)]
    internal static partial int setsid();

    [LibraryImport(Library)]
    internal static partial int usleep(uint microseconds);

    [LibraryImport(Library)]
    internal static partial int waitpid(int pid, int* status, int options);

    [LibraryImport(Library)]
    internal static partial int kill(int pid, int signal);

    [LibraryImport(Library)]
    internal static partial int setpriority(int which, int who, int priority);

    [LibraryImport(Library)]
    internal static partial int clock_getcpuclockid(int pid, int* clock);

    [LibraryImport(Library)]
    internal static partial int clock_gettime(int clock, long* time);

    [LibraryImport(Library)]
    internal static partial int getsockopt(int fd, int level, int name, void* value, uint* length);

    [LibraryImport(Library)]
    internal static partial int fcntl(int fd, int command, nint argument);

    [LibraryImport(Library)]
    internal static partial nint read(int fd, void* buffer, nuint count);

    [LibraryImport(Library)]
    internal static partial nint write(int fd, void* buffer, nuint count);

    [LibraryImport(Library)]
    internal static partial int epoll_create1(int flags);

    [LibraryImport(Library)]
    internal static partial int epoll_ctl(int epoll, int operation, int fd, void* change);

    [LibraryImport(Library)]
    internal static partial int epoll_wait(int epoll, void* events, int capacity, int timeoutMilliseconds);

    /// <summary>For calls that set errno.</summary>
    internal static int Check(int result, string what)
    {
        Errno errno = Errno.Last;
        return result < 0 ? throw new BenchException($"{what}: {errno}") : result;
    }

    /// <summary>For calls that return an error number.</summary>
    internal static void CheckCode(int code, string what)
    {
        if (code != 0)
            throw new BenchException($"{what}: {new Errno(code)}");
    }
}
