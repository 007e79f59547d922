// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Hosting;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Sound.Disk;

/// <summary>Opening files of sound, before the sandbox.</summary>
internal static class SoundFile
{
    private const string WavEnd = ".wav";

    internal static bool IsWav(string path) => path.EndsWith(WavEnd, StringComparison.OrdinalIgnoreCase);

    /// <summary>A file to be played.</summary>
    /// <exception cref="StartupException">It cannot be opened, or is no plain file, which somebody else could keep waiting.</exception>
    internal static OwnedFd OpenToRead(string path, out long size)
    {
        Errno errno = Files.Open(path, write: false, nonBlocking: true, out OwnedFd? file);
        size = Check(path, errno, file);
        return file!;
    }

    /// <summary>A file to be written; what was in it is gone.</summary>
    /// <exception cref="StartupException">As above.</exception>
    internal static OwnedFd OpenToWrite(string path)
    {
        // A pipe would keep the opening waiting.
        if (Files.Stat(path, out FileFacts facts).IsSuccess && facts.Kind != FileKind.Regular)
            throw new StartupException($"{path} is no plain file: sound is written to plain files only", isUsage: true);
        Errno errno = Files.Create(path, out OwnedFd? file);
        _ = Check(path, errno, file);
        return file!;
    }

    private static long Check(string path, Errno errno, OwnedFd? file)
    {
        if (errno.IsError)
            throw new StartupException($"{path} cannot be opened: {errno.Message}");
        if (Files.Stat(file!.Fd, out FileFacts facts).IsSuccess && facts.Kind == FileKind.Regular)
            return (long)facts.Size;
        file.Dispose();
        throw new StartupException($"{path} is no plain file", isUsage: true);
    }
}
