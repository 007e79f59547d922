// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Rng;

/// <summary>Opens what the user named as a source, or the kernel's generator.</summary>
public static class EntropySources
{
    // Documentation/admin-guide/devices.txt: character major 1, minors 8 and 9.
    private const uint MemoryMajor = 1;
    private const uint RandomMinor = 8;
    private const uint UrandomMinor = 9;

    /// <summary>
    /// Opens a path. The nodes of the kernel's generator, under any name, are served by the generator itself.
    /// Opening never waits, not even for the writer of a FIFO. The source is started by the caller.
    /// </summary>
    public static Errno Open(string path, ILogger log, out IEntropySource? source)
    {
        source = null;
        Errno errno = Files.Open(path, write: false, nonBlocking: true, out OwnedFd? fd);
        if (errno.IsError)
            return errno;
        errno = Files.Stat(fd!.Fd, out FileFacts facts);
        if (errno.IsSuccess && facts.Kind == FileKind.Directory)
            errno = Errno.EISDIR;
        if (errno.IsError)
        {
            fd.Dispose();
            return errno;
        }

        bool isKernel = facts is { Kind: FileKind.Character, Major: MemoryMajor, Minor: RandomMinor or UrandomMinor };
        source = isKernel ? new KernelEntropySource(fd) : new FileEntropySource(fd, path, log);
        return Errno.Success;
    }

    /// <summary>
    /// The kernel's generator, when the user named no source. It needs no node of a file system, which a chroot or a
    /// container may lack.
    /// </summary>
    public static IEntropySource OpenKernel(ILogger log)
    {
        if (Open(KernelEntropySource.DefaultPath, log, out IEntropySource? source).IsSuccess && source is KernelEntropySource)
            return source;
        source?.Dispose();
        return new KernelEntropySource(null);
    }
}
