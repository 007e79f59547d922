// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;
using VhostDevice.Linux;
using VhostDevice.Linux.Sandbox;
using static VhostDevice.Linux.Sandbox.CallArguments;
using static VhostDevice.Linux.Sandbox.SystemCalls;

namespace VhostDevice.Hosting.Sandbox;

/// <summary>
/// The system calls that every device needs once its sockets are open: those of the loop, the vhost-user session and the
/// runtime. lab/syscalls finds out which are made; what one device needs more is said in its entry.
/// </summary>
internal static class BaseCalls
{
    internal static SeccompFilter Filter(bool logOnly)
    {
        SeccompFilter filter = new(logOnly);

        // The data path.
        filter.Allow(write, epoll_wait, epoll_pwait, recvmsg, sendmsg, read, readv, futex);

        // The session: descriptors and memory that a front-end sends, one connection after the other.
        filter.Allow(accept4, close, epoll_ctl, fstat, munmap, newfstatat, poll, ppoll, statx, timerfd_create, timerfd_settime, eventfd2, pipe2);
        // Whose connection it is that a front-end hands over.
        filter.Allow(getsockname, getpeername, getsockopt);
        // Memory in which requests in flight are recorded.
        filter.Allow(memfd_create, ftruncate);
        filter.AllowWhere(
            fcntl,
            ArgumentCheck.Is(1, F_GETFL),
            ArgumentCheck.Is(1, F_SETFL),
            ArgumentCheck.Is(1, F_GETFD),
            ArgumentCheck.Is(1, F_SETFD),
            ArgumentCheck.Is(1, F_GET_SEALS),
            ArgumentCheck.Is(1, F_ADD_SEALS),
            ArgumentCheck.Is(1, F_DUPFD_CLOEXEC));

        // Host sides: files that are open already.
        filter.Allow(writev, pread64, pwrite64, preadv, pwritev, preadv2, pwritev2, lseek, getrandom);

        // The runtime: memory, but none that could be executed.
        filter.Allow(brk, madvise, membarrier, mremap);
        filter.AllowWhere(mmap, ArgumentCheck.HasNone(2, PROT_EXEC));
        filter.AllowWhere(mprotect, ArgumentCheck.HasNone(2, PROT_EXEC));

        // Threads, but no processes. What clone3 asks for is out of a filter's sight: the C library takes clone instead.
        filter.AllowWhere(clone, ArgumentCheck.HasAll(0, CLONE_THREAD));
        filter.Fail(clone3, Errno.ENOSYS);
        filter.Allow(set_robust_list, rseq, sched_getaffinity, sched_yield, sigaltstack, gettid, getpid, exit);
        filter.AllowWhere(prctl, ArgumentCheck.Is(0, PR_SET_NAME));

        // Signals to its own threads: the collector stops them so, and abort ends the process so.
        filter.AllowWhere(tgkill, ArgumentCheck.Is(0, (uint)Environment.ProcessId));
        // musl's pthread_kill names only the thread, which may be anybody's.
        if (RuntimeInformation.RuntimeIdentifier.Contains("musl", StringComparison.Ordinal))
            filter.Allow(tkill);
        filter.Allow(rt_sigaction, rt_sigprocmask, rt_sigreturn, restart_syscall);

        // What the runtime asks about the machine. The clock is a call only where the vDSO cannot read it.
        filter.Allow(clock_gettime, clock_getres, clock_nanosleep, gettimeofday, nanosleep, getcpu, getrusage, sysinfo);
        filter.AllowWhere(prlimit64, ArgumentCheck.IsNull(2));

        // The runtime would like to read /proc/meminfo and does without; a device that opens files allows it.
        filter.Fail(openat, Errno.EACCES);

        // The end: sockets are removed, a terminal gets its settings back.
        filter.Allow(unlink, unlinkat, exit_group);
        filter.AllowWhere(
            ioctl,
            ArgumentCheck.Is(1, TCGETS),
            ArgumentCheck.Is(1, TCSETS),
            ArgumentCheck.Is(1, TCSETSW),
            ArgumentCheck.Is(1, TCSETSF));
        return filter;
    }
}
