// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Images;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Boards.Models;

/// <summary>
/// What a memory card holds: a file, by blocks of 512 bytes. What was written is with the kernel when the call returns, and
/// outlives this process.
/// </summary>
internal sealed unsafe class SdContent : IDisposable
{
    internal const int BlockSize = 512;

    /// <summary>Cards have no other sizes: multiples of 512 KiB.</summary>
    internal const long SizeUnit = 512 << 10;

    // Erased at a time, while a guest waits.
    private const int EraseStep = 64 << 10;
    private const int EraseSteps = 16;

    private readonly OwnedFd _file;
    private readonly ImageLock? _lock;
    private byte[] _eraseBuffer = []; // made when something is erased
    private byte[] _zeros = [];

    /// <param name="file">Open for both; owned, as <paramref name="imageLock"/>.</param>
    /// <param name="size">Bytes; a multiple of <see cref="SizeUnit"/>.</param>
    internal SdContent(OwnedFd file, long size, ImageLock? imageLock = null)
    {
        _file = file;
        _lock = imageLock;
        Size = size;
    }

    internal long Size { get; }

    /// <summary>A card that is forgotten when its board ends.</summary>
    /// <exception cref="BoardException">There is no memory for it.</exception>
    internal static SdContent InMemory(long size)
    {
        Errno errno = MemFd.Create("sd", (ulong)size, out OwnedFd? file);
        return errno.IsSuccess ? new SdContent(file!, size) : throw new BoardException($"there is no memory for a card: {errno}");
    }

    /// <returns>False when the file has nothing there any more, or cannot be read.</returns>
    internal bool TryRead(long offset, Span<byte> target)
    {
        fixed (byte* p = target)
        {
            for (int done = 0; done < target.Length;)
            {
                nint n = FileIo.PReadV(_file.Fd, [new IoVec(p + done, (nuint)(target.Length - done))], offset + done, out _);
                if (n <= 0)
                    return false;
                done += (int)n;
            }
        }

        return true;
    }

    /// <returns>False when there is no space, or the file cannot be written.</returns>
    internal bool TryWrite(long offset, ReadOnlySpan<byte> source)
    {
        fixed (byte* p = source)
        {
            for (int done = 0; done < source.Length;)
            {
                nint n = FileIo.PWriteV(_file.Fd, [new IoVec(p + done, (nuint)(source.Length - done))], offset + done, out _);
                if (n <= 0)
                    return false;
                done += (int)n;
            }
        }

        return true;
    }

    /// <summary>Makes some of a range zeros. What has zeros already is not written: a hole in the file stays one.</summary>
    /// <param name="from">Moves on, up to <paramref name="end"/> when all of it is done.</param>
    /// <returns>False when the file cannot be read or written.</returns>
    internal bool TryErase(ref long from, long end)
    {
        if (_zeros.Length == 0)
            (_eraseBuffer, _zeros) = (new byte[EraseStep], new byte[EraseStep]);
        for (int i = 0; i < EraseSteps && from < end; i++)
        {
            int n = (int)Math.Min(EraseStep, end - from);
            Span<byte> now = _eraseBuffer.AsSpan(0, n);
            if (!TryRead(from, now) || (now.ContainsAnyExcept((byte)0) && !TryWrite(from, _zeros.AsSpan(0, n))))
                return false;
            from += n;
        }

        return true;
    }

    public void Dispose()
    {
        _file.Dispose();
        _lock?.Dispose();
    }
}
