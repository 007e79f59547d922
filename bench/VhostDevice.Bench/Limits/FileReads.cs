// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;
using System.Runtime.InteropServices;
using VhostDevice.Linux;

namespace VhostDevice.Bench.Limits;

/// <summary>
/// Reads or writes of a file, anywhere in it, one after the other by one thread. Of a file in the page cache they are the
/// copy and a system call; past it, the disk.
/// </summary>
internal sealed unsafe class FileReads : IDisposable
{
    private const int MemoryBytes = 4 << 20;
    private const int Places = 16;

    private readonly OwnedFd _file;
    private readonly ulong _bytes;
    private readonly byte* _memory;
    private long _count;
    private ulong _at;

    /// <param name="direct">Past the page cache (O_DIRECT).</param>
    internal FileReads(string path, bool direct = false)
    {
        Errno errno = direct ? DiskIo.OpenDirect(path, write: true, out OwnedFd? file) : Files.Open(path, write: true, nonBlocking: false, out file);
        FileFacts facts = default;
        if (errno.IsSuccess)
            errno = Files.Stat(file!.Fd, out facts);
        if (errno.IsError)
            throw new BenchException($"{path}: {errno}");
        (_file, _bytes) = (file!, facts.Size);
        _memory = (byte*)NativeMemory.AlignedAlloc(MemoryBytes, 4096);
        new Span<byte>(_memory, MemoryBytes).Clear();
    }

    /// <summary>Nanoseconds for one of them, spread over the file.</summary>
    internal double PerRequest(int size, bool writes, TimeSpan time)
    {
        long before = _count;
        long start = Stopwatch.GetTimestamp();
        do
            Once(size, writes);
        while (Stopwatch.GetElapsedTime(start) < time);
        return Stopwatch.GetElapsedTime(start).TotalNanoseconds / (_count - before);
    }

    /// <summary>One of them.</summary>
    /// <param name="size">At most a sixteenth of 4 MiB.</param>
    internal void Once(int size, bool writes)
    {
        // Another place of memory too, as a driver's buffers have.
        IoVec piece = new(_memory + (_count++ % Places * size), (nuint)size);
        _at = (_at * 6364136223846793005) + 1442695040888963407;
        ulong offset = _at % (_bytes / (ulong)size) * (ulong)size;
        if (DiskIo.Move(writes, _file.Fd, &piece, 1, offset, durable: false, out Errno errno) != size)
            throw new BenchException($"the image: {errno}");
    }

    public void Dispose()
    {
        _file.Dispose();
        NativeMemory.AlignedFree(_memory);
    }
}
