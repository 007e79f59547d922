// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;
using VhostDevice.Linux;

namespace VhostDevice.VhostUser.Tests.BackEnd;

/// <summary>Descriptors that nobody should send.</summary>
internal static partial class SpecialFiles
{
    private const int EPOLL_CLOEXEC = 0x80000;
    private const int AF_UNIX = 1;
    private const int SOCK_STREAM = 1;

    internal static OwnedFd NewEpoll() => new(epoll_create1(EPOLL_CLOEXEC));

    /// <summary>Not bound and not connected.</summary>
    internal static OwnedFd NewStreamSocket() => new(socket(AF_UNIX, SOCK_STREAM, 0));

    [LibraryImport("libc")]
    private static partial int socket(int domain, int type, int protocol);

    [LibraryImport("libc")]
    private static partial int epoll_create1(int flags);
}
