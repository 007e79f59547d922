// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;
using VhostDevice.Linux;

namespace VhostDevice.Bench.Limits;

/// <summary>Reads or writes of a file that lies in the page cache, one after the other by one thread: the copy and a system call.</summary>
internal sealed unsafe class FileReads : IDisposable
{
    private readonly OwnedFd _file;
    private readonly long _bytes;
    private readonly byte[] _memory = GC.AllocateArray<byte>(4 << 20, pinned: true);
    private ulong _at;

    /// <param name="bytes">How much of the file is used, from its start.</param>
    internal FileReads(string path, long bytes)
    {
        if (Files.Open(path, write: true, nonBlocking: false, out OwnedFd? file) is { IsError: true } errno)
            throw new BenchException($"{path}: {errno}");
        (_file, _bytes) = (file!, bytes);
    }

    /// <summary>Nanoseconds for one of them, spread over the file.</summary>
    internal double PerRequest(int size, bool writes, TimeSpan time)
    {
        fixed (byte* p = _memory)
        {
            long count = 0;
            long start = Stopwatch.GetTimestamp();
            do
            {
                // Another place of memory too, as a driver's buffers have.
                IoVec piece = new(p + ((count % 16) * size), (nuint)size);
                _at = (_at * 6364136223846793005) + 1442695040888963407;
                long offset = (long)(_at % (ulong)(_bytes / size)) * size;
                nint n = writes
                    ? FileIo.PWriteV(_file.Fd, new ReadOnlySpan<IoVec>(in piece), offset, out Errno errno)
                    : FileIo.PReadV(_file.Fd, new ReadOnlySpan<IoVec>(in piece), offset, out errno);
                if (n != size)
                    throw new BenchException($"the image: {errno}");
                count++;
            }
            while (Stopwatch.GetElapsedTime(start) < time);
            return Stopwatch.GetElapsedTime(start).TotalNanoseconds / count;
        }
    }

    public void Dispose() => _file.Dispose();
}
