// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;
using VhostDevice.Bench.Measuring;
using VhostDevice.Linux;

namespace VhostDevice.Bench.Limits;

/// <summary>What the kernel's random generator gives to one thread: no daemon that uses it is faster.</summary>
internal sealed unsafe class KernelGenerator : IDisposable
{
    private readonly VdsoRandom? _vdso;
    private readonly OwnedFd _urandom;
    private readonly byte[] _memory = GC.AllocateArray<byte>(1 << 20, pinned: true);
    private readonly IoVec[] _pieces = GC.AllocateArray<IoVec>(IoVec.MaxPerCall, pinned: true);

    internal KernelGenerator()
    {
        if (Files.Open("/dev/urandom", write: false, nonBlocking: true, out OwnedFd? fd) is { IsError: true } errno)
            throw new BenchException($"/dev/urandom: {errno}");
        _urandom = fd!;
        _ = VdsoRandom.TryCreate(out _vdso);
    }

    /// <summary>Whether the kernel gives random bytes without a system call.</summary>
    internal bool HasVdso => _vdso is not null;

    /// <summary>getrandom(2) into one buffer.</summary>
    /// <returns>Nanoseconds per call.</returns>
    internal double PerCall(int size, TimeSpan time)
    {
        fixed (byte* p = _memory)
        {
            byte* buffer = p;
            return PerTurn(time, () => KernelRandom.Fill(buffer, (nuint)size, out _) == size);
        }
    }

    /// <summary>The vDSO's getrandom into one buffer.</summary>
    /// <returns>Nanoseconds per call.</returns>
    internal double PerVdsoCall(int size, TimeSpan time)
    {
        fixed (byte* p = _memory)
        {
            byte* buffer = p;
            return PerTurn(time, () => _vdso!.Fill(buffer, (nuint)size) == size);
        }
    }

    /// <summary>readv(2) of /dev/urandom into several buffers at once.</summary>
    /// <returns>Nanoseconds per buffer.</returns>
    internal double PerBuffer(int size, int buffers, TimeSpan time)
    {
        fixed (byte* p = _memory)
        {
            for (int i = 0; i < buffers; i++)
                _pieces[i] = new IoVec(p + (i * size), (nuint)size);
            return PerTurn(time, () => FileIo.ReadV(_urandom.Fd, _pieces.AsSpan(0, buffers), out _) == size * buffers) / buffers;
        }
    }

    public void Dispose()
    {
        _vdso?.Dispose();
        _urandom.Dispose();
    }

    // The median of runs so short that whoever shares the CPU spoils some of them only.
    private static double PerTurn(TimeSpan time, Func<bool> turn)
    {
        const long runNanoseconds = 100_000;
        List<double> runs = [];
        int turns = 1;
        for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < time;)
        {
            long before = Stopwatch.GetTimestamp();
            for (int i = 0; i < turns; i++)
            {
                if (!turn())
                    throw new BenchException("the kernel's random generator gave too little");
            }

            double elapsed = Stopwatch.GetElapsedTime(before).TotalNanoseconds;
            if (elapsed < runNanoseconds / 2)
                turns *= 2;
            else
                runs.Add(elapsed / turns);
        }

        return Median.Of(runs);
    }
}
