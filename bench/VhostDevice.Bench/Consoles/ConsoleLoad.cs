// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;
using VhostDevice.Bench.BackEnds;
using VhostDevice.Bench.Load;
using VhostDevice.Bench.Measuring;
using VhostDevice.Bench.Processes;
using VhostDevice.Linux;
using VhostDevice.VhostUser.FrontEnd;

namespace VhostDevice.Bench.Consoles;

/// <summary>A guest with one console, and the program of the host on the other side of its Unix socket.</summary>
internal sealed unsafe class ConsoleLoad : IDisposable
{
    private const int BufferBytes = 4096;
    private const int Depth = 16;
    private const int HostBytes = 256 * 1024;
    private const int WarmUp = 2000;
    private const ulong DeviceFeatures = 7;

    private readonly CpuClock _daemon;
    private readonly FrontEndDevice _device;
    private readonly OwnedFd _host;
    private readonly Histogram _histogram = new();
    private readonly ulong _memory;
    private volatile bool _isOver;

    private ConsoleLoad(BackEnd backEnd)
    {
        _daemon = CpuClock.Of(backEnd.Pid);
        FrontEndDeviceOptions options = new() { QueueSizes = [128, 128], MemorySize = 16 << 20 };
        // Without control queues the port is open at once.
        _device = Attachment.To(backEnd.SocketPath, options with { Features = options.Features & ~DeviceFeatures });
        Errno errno = UnixSocket.Connect(backEnd.SocketPath[..^1] + ".host", out OwnedFd? host);
        _host = errno.IsSuccess ? host! : throw new BenchException($"the console's socket: {errno}");
        _memory = _device.Memory.Allocate(Depth * BufferBytes, 4096);
    }

    /// <summary>The guest writes as much as it can; the host program reads.</summary>
    internal static LoadResult ToHost(BackEnd backEnd, TimeSpan time)
    {
        using ConsoleLoad load = new(backEnd);
        return load.Stream(time, load._device.Queues[1], isWriter: true);
    }

    /// <summary>The host program writes as much as it can; the guest reads.</summary>
    internal static LoadResult ToGuest(BackEnd backEnd, TimeSpan time)
    {
        using ConsoleLoad load = new(backEnd);
        return load.Stream(time, load._device.Queues[0], isWriter: false);
    }

    /// <summary>A byte to the guest, which sends it back: a key and its echo.</summary>
    internal static LoadResult Echo(BackEnd backEnd, TimeSpan time)
    {
        using ConsoleLoad load = new(backEnd);
        return load.Echo(time);
    }

    public void Dispose()
    {
        _host.Dispose();
        _device.Dispose();
    }

    private LoadResult Stream(TimeSpan time, DriverQueue queue, bool isWriter)
    {
        using Watchdog watchdog = new(time + TimeSpan.FromSeconds(10), "the console stopped");
        Thread host = new(isWriter ? ReadAll : WriteAll) { IsBackground = true };
        host.Start();
        for (int i = 0; i < Depth; i++)
            Add(queue, i, isWriter);
        queue.Submit();
        long end = long.MaxValue;
        long start = 0, cpu = 0, own = 0, bytes = 0, count = 0;
        int slot = 0;
        for (long now = 0; now < end; now = Stopwatch.GetTimestamp())
        {
            _ = queue.WaitForUsed(Timeout.InfiniteTimeSpan);
            while (queue.TryPop(out UsedChain used))
            {
                bytes += isWriter ? BufferBytes : used.Length;
                count++;
                Add(queue, slot++ % Depth, isWriter);
            }

            queue.Submit();
            if (end == long.MaxValue && count >= WarmUp)
            {
                (bytes, count, start) = (0, 0, Stopwatch.GetTimestamp());
                (cpu, own) = (_daemon.Nanoseconds, CpuClock.CurrentThread.Nanoseconds);
                end = start + (long)(time.TotalSeconds * Stopwatch.Frequency);
            }
        }

        LoadResult result = Result(count, bytes, start, cpu, own);
        _isOver = true;
        // Whoever waits in a call finds the end.
        _ = StreamSocket.Shutdown(_host.Fd, reading: true, writing: true);
        host.Join();
        return result;
    }

    private LoadResult Echo(TimeSpan time)
    {
        using Watchdog watchdog = new(time + TimeSpan.FromSeconds(10), "the console stopped");
        DriverQueue receive = _device.Queues[0], transmit = _device.Queues[1];
        Add(receive, 0, isWriter: false);
        receive.Submit();
        for (int i = 0; i < WarmUp; i++)
            Key(receive, transmit);
        _histogram.Clear();
        long count = 0, start = Stopwatch.GetTimestamp(), cpu = _daemon.Nanoseconds, own = CpuClock.CurrentThread.Nanoseconds;
        for (long end = start + (long)(time.TotalSeconds * Stopwatch.Frequency); Stopwatch.GetTimestamp() < end; count++)
            Key(receive, transmit);
        return Result(count, count, start, cpu, own);
    }

    private void Key(DriverQueue receive, DriverQueue transmit)
    {
        byte key = 65;
        long begin = Stopwatch.GetTimestamp();
        _ = FileIo.Write(_host.Fd, &key, 1, out _);
        _ = receive.WaitForUsed(Timeout.InfiniteTimeSpan);
        if (!receive.TryPop(out UsedChain used) || used.Length != 1)
            throw new BenchException("the guest did not get the key");
        transmit.Add(DriverBuffer.Readable(_memory, 1));
        transmit.Submit();
        Add(receive, 0, isWriter: false);
        receive.Submit();
        if (FileIo.Read(_host.Fd, &key, 1, out Errno errno) != 1)
            throw new BenchException($"the host did not get the echo: {errno}");
        _histogram.Record(Stopwatch.GetTimestamp() - begin);
        while (!transmit.TryPop(out _))
            _ = transmit.WaitForUsed(Timeout.InfiniteTimeSpan);
    }

    private void Add(DriverQueue queue, int slot, bool isWriter)
    {
        ulong at = _memory + ((ulong)slot * BufferBytes);
        queue.Add(isWriter ? DriverBuffer.Readable(at, BufferBytes) : DriverBuffer.Writable(at, BufferBytes));
    }

    private void ReadAll()
    {
        byte[] buffer = GC.AllocateUninitializedArray<byte>(HostBytes, pinned: true);
        fixed (byte* p = buffer)
        {
            while (!_isOver && FileIo.Read(_host.Fd, p, HostBytes, out _) > 0)
            {
            }
        }
    }

    private void WriteAll()
    {
        byte[] buffer = GC.AllocateUninitializedArray<byte>(HostBytes, pinned: true);
        fixed (byte* p = buffer)
        {
            while (!_isOver && FileIo.Write(_host.Fd, p, HostBytes, out _) > 0)
            {
            }
        }
    }

    private LoadResult Result(long count, long bytes, long start, long cpu, long own) => new()
    {
        Requests = count,
        Bytes = bytes,
        Elapsed = Stopwatch.GetElapsedTime(start),
        GeneratorCpu = (double)(CpuClock.CurrentThread.Nanoseconds - own) / count,
        DaemonCpu = (double)(_daemon.Nanoseconds - cpu) / count,
        P50 = _histogram.Count == 0 ? 0 : _histogram.Percentile(0.5),
        P99 = _histogram.Count == 0 ? 0 : _histogram.Percentile(0.99),
        P999 = _histogram.Count == 0 ? 0 : _histogram.Percentile(0.999),
    };
}
