// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;
using VhostDevice.Linux;

namespace VhostDevice.VhostUser.Tests.BackEnd;

/// <summary>Descriptors that nobody should send.</summary>
internal static partial class SpecialFiles
{
    private const int EPOLL_CLOEXEC = 0x80000;

    internal static OwnedFd NewEpoll() => new(epoll_create1(EPOLL_CLOEXEC));

    [LibraryImport("libc")]
    private static partial int epoll_create1(int flags);
}
