// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.Linux.Tests;

/// <summary>Calls that only the tests need.</summary>
internal static partial class Native
{
    internal const int F_GETFD = 1;
    internal const int FD_CLOEXEC = 1;
    internal const int SIGUSR1 = 10;
    internal const int SIGUSR2 = 12;
    internal const int SO_PASSCRED = 16;

    [LibraryImport("libc")]
    internal static partial int getpid();

    [LibraryImport("libc")]
    internal static partial int gettid();

    [LibraryImport("libc")]
    internal static partial int tgkill(int process, int thread, int signal);

    [LibraryImport("libc")]
    internal static partial int siginterrupt(int signal, int interrupt);

    [LibraryImport("libc")]
    internal static unsafe partial int setsockopt(int fd, int level, int name, void* value, uint length);

    /// <summary>A datagram socket bound to a name in the abstract namespace, written with '@' in front.</summary>
    internal static unsafe OwnedFd BindDatagram(string name)
    {
        SockAddrUn address = new() { Family = Libc.AF_UNIX };
        byte[] bytes = System.Text.Encoding.UTF8.GetBytes(name);
        bytes[0] = 0;
        bytes.CopyTo(new Span<byte>(address.Path, SockAddrUn.PathCapacity));
        OwnedFd fd = new(Libc.socket(Libc.AF_UNIX, Libc.SOCK_DGRAM | Libc.SOCK_CLOEXEC, 0));
        Assert.Equal(0, Libc.bind(fd.Fd, &address, (uint)(sizeof(ushort) + bytes.Length)));
        return fd;
    }

    internal static bool IsOpen(int fd) => Libc.fcntl(fd, F_GETFD, 0) >= 0;

    internal static bool ClosesOnExec(int fd) => (Libc.fcntl(fd, F_GETFD, 0) & FD_CLOEXEC) != 0;
}
