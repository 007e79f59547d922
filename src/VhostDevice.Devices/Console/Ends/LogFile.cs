// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Console.Ends;

/// <summary>
/// A file that grows to a size and then gets the name PATH.1, while its predecessors become PATH.2 and so on: together they are
/// what was written, without a gap. For one thread at a time; it waits as long as the file system does.
/// </summary>
/// <param name="path">Of the file that grows.</param>
/// <param name="max">Its largest size in bytes; 0: no limit.</param>
/// <param name="keep">How many predecessors are kept.</param>
internal sealed unsafe class LogFile(string path, long max, int keep) : IDisposable
{
    private OwnedFd? _fd;
    private long _size;

    /// <summary>Opens the file, to write to its end. EINVAL: it is no ordinary file.</summary>
    internal Errno Open()
    {
        // A pipe would keep us waiting for its reader.
        if (Files.Stat(path, out FileFacts before).IsSuccess && before.Kind != FileKind.Regular)
            return Errno.EINVAL;
        Errno errno = Files.Append(path, out OwnedFd? fd);
        if (errno.IsError)
            return errno;
        _fd?.Dispose();
        _fd = fd;
        errno = Files.Stat(fd!.Fd, out FileFacts facts);
        _size = (long)facts.Size;
        return errno;
    }

    /// <summary>Writes all of it, or says what failed and how much is missing.</summary>
    internal Errno Write(ReadOnlySpan<byte> bytes, out int lost)
    {
        lost = bytes.Length;
        fixed (byte* p = bytes)
        {
            while (lost > 0)
            {
                if (max > 0 && _size >= max && Rotate() is { IsError: true } failed)
                    return failed;
                nuint most = max > 0 ? (nuint)Math.Min(lost, max - _size) : (nuint)lost;
                nint n = FileIo.Write(_fd!.Fd, p + (bytes.Length - lost), most, out Errno errno);
                if (n <= 0)
                    return errno.IsError ? errno : Errno.ENOSPC;
                lost -= (int)n;
                _size += n;
            }
        }

        return Errno.Success;
    }

    public void Dispose() => _fd?.Dispose();

    private Errno Rotate()
    {
        for (int i = keep - 1; i >= 1; i--)
            _ = Files.Rename(Name(i), Name(i + 1));
        Errno errno = Files.Rename(path, Name(1));
        // Somebody may have taken it away.
        return errno.IsSuccess || errno == Errno.ENOENT ? Open() : errno;
    }

    private string Name(int number) => path + "." + number.ToString(CultureInfo.InvariantCulture);
}
