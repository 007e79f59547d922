// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;
using VhostDevice.Linux;

namespace VhostDevice.Bench.Limits;

/// <summary>What a pair of connected Unix sockets costs one thread that uses both ends: no proxy to such a socket is cheaper.</summary>
internal sealed unsafe class SocketPair : IDisposable
{
    private readonly OwnedFd _first;
    private readonly OwnedFd _second;
    private readonly byte[] _memory = GC.AllocateArray<byte>(1 << 20, pinned: true);

    internal SocketPair()
    {
        if (UnixSocket.CreatePair(out OwnedFd? first, out OwnedFd? second) is { IsError: true } errno)
            throw new BenchException($"socketpair: {errno}");
        (_first, _second) = (first!, second!);
    }

    /// <summary>Nanoseconds for one write and the read of the same bytes.</summary>
    /// <param name="bytes">At most what the socket's buffer takes: 64 KiB go through everywhere.</param>
    internal double PerMessage(int bytes, TimeSpan time)
    {
        fixed (byte* p = _memory)
        {
            long count = 0;
            long start = Stopwatch.GetTimestamp();
            do
            {
                if (FileIo.Write(_first.Fd, p, (nuint)bytes, out _) != bytes || FileIo.Read(_second.Fd, p, (nuint)bytes, out _) != bytes)
                    throw new BenchException("a socket pair lost bytes");
                count++;
            }
            while (Stopwatch.GetElapsedTime(start) < time);
            return Stopwatch.GetElapsedTime(start).TotalNanoseconds / count;
        }
    }

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
    }
}
