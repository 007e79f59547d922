// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Hosting;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Console.Ends;

/// <summary>
/// Standard streams that do not block. Whether a file blocks belongs to all who have it, among them the shell: so a terminal is
/// opened anew. What else there is has its place in the file, or its other end, which another opening would not have.
/// </summary>
internal static class OwnStream
{
    /// <exception cref="StartupException">It cannot be used.</exception>
    internal static OwnedFd Open(int fd, bool write)
    {
        if (Terminal.Open(fd, out _).IsSuccess && Files.Open($"/proc/self/fd/{fd}", write, nonBlocking: true, out OwnedFd? own).IsSuccess)
            return own!;
        OwnedFd whole = new(fd);
        Errno errno = whole.Duplicate(out own);
        whole.SetHandleAsInvalid();
        if (errno.IsError)
            throw new StartupException($"standard {(write ? "output" : "input")} cannot be used: {errno}");
        _ = Files.SetNonBlocking(own!.Fd);
        return own;
    }
}
