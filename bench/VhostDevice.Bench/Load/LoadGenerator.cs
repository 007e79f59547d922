// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;
using VhostDevice.Bench.BackEnds;
using VhostDevice.Bench.Measuring;
using VhostDevice.Bench.Processes;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.Virtio;

namespace VhostDevice.Bench.Load;

/// <summary>
/// A driver that keeps a number of requests in flight on one queue: takes back what was used, sends the same buffers
/// again, kicks once per batch. Nothing is allocated between the first request and the last.
/// </summary>
internal sealed class LoadGenerator : IDisposable
{
    // Requests before the clock starts: page faults, caches, the first use of everything.
    private const int WarmUp = 2000;

    private readonly LoadOptions _options;
    private readonly CpuClock _daemon;
    private readonly FrontEndDevice _device;
    private readonly DriverQueue _queue;
    private readonly Histogram _histogram = new();
    private readonly LoadShape _shape;
    private readonly DriverBuffer[][] _buffers; // by slot
    private readonly int[] _slots;              // by the id of a request in flight
    private readonly long[] _sent;              // likewise
    private readonly int[] _returned;
    private long _requests;
    private long _bytes;

    private LoadGenerator(string socketPath, int daemonPid, LoadOptions options)
    {
        options.Validate();
        _options = options;
        _shape = options.MakeShape();
        _daemon = CpuClock.Of(daemonPid);
        FrontEndDeviceOptions wanted = new() { QueueSizes = _shape.QueueSizes, MemorySize = _shape.MemorySize };
        if (options.Packed)
            wanted = wanted with { Features = wanted.Features | VirtioFeatures.RingPacked };
        _device = Attachment.To(socketPath, wanted);
        if (_device.IsPacked != options.Packed)
            throw new BenchException("the back-end offers no packed rings");
        _queue = _device.Queues[_shape.Queue];
        _buffers = new DriverBuffer[options.Depth][];
        _returned = new int[options.Depth];
        _slots = new int[_queue.Size];
        _sent = new long[_queue.Size];
        for (int i = 0; i < options.Depth; i++)
        {
            _buffers[i] = _shape.MakeBuffers(_device.Memory, i);
            _returned[i] = i;
        }

        if (options.Polls)
            _queue.DisableInterrupts();
    }

    /// <summary>One run on a connection of its own.</summary>
    internal static LoadResult Run(BackEnd backEnd, LoadOptions options)
    {
        using LoadGenerator generator = new(backEnd.SocketPath, backEnd.Pid, options);
        return generator.Run();
    }

    public void Dispose() => _device.Dispose();

    /// <summary>One run. <see cref="Watchdog"/> ends the process if the back-end stops answering.</summary>
    private LoadResult Run()
    {
        using Watchdog watchdog = new(_options.Time + TimeSpan.FromSeconds(10), "the back-end stopped answering");
        _shape.Begin(_queue);
        long now = Send(_options.Depth, Stopwatch.GetTimestamp());
        now = Serve(now, long.MaxValue, WarmUp);

        _histogram.Clear();
        _requests = _bytes = 0;
        _ = _queue.Notifier!.TakeCalls();
        long kicks = _queue.Notifier.Kicks;
        long daemonCpu = _daemon.Nanoseconds;
        long ownCpu = CpuClock.CurrentThread.Nanoseconds;
        long start = now;
        now = Serve(now, now + (long)(_options.Time.TotalSeconds * Stopwatch.Frequency), _options.MaxRequests);
        LoadResult result = new()
        {
            Requests = _requests,
            Bytes = _bytes,
            Elapsed = Stopwatch.GetElapsedTime(start, now),
            GeneratorCpu = (double)(CpuClock.CurrentThread.Nanoseconds - ownCpu) / _requests,
            DaemonCpu = (double)(_daemon.Nanoseconds - daemonCpu) / _requests,
            Kicks = _queue.Notifier.Kicks - kicks,
            Interrupts = (long)_queue.Notifier.TakeCalls(),
            P50 = _histogram.Percentile(0.5),
            P99 = _histogram.Percentile(0.99),
            P999 = _histogram.Percentile(0.999),
        };
        Drain();
        return result;
    }

    // Serves until the time is over or so many requests came back; always with all requests in flight at the end.
    private long Serve(long now, long end, long requests)
    {
        requests += _requests;
        while (now < end && _requests < requests)
        {
            Wait();
            now = Stopwatch.GetTimestamp();
            int count = 0;
            while (_queue.TryPop(out UsedChain used))
            {
                // Stopwatch counts nanoseconds on Linux.
                _histogram.Record(now - _sent[used.Id]);
                int slot = _slots[used.Id];
                _bytes += _shape.Finish(slot, used.Length);
                _returned[count++] = slot;
            }

            _requests += count;
            Send(count, now);
        }

        return now;
    }

    private long Send(int count, long now)
    {
        for (int i = 0; i < count; i++)
        {
            int slot = _returned[i];
            _shape.Prepare(slot);
            if (!_queue.TryAdd(_buffers[slot], out ushort id))
                throw new BenchException("the ring is full");
            _slots[id] = slot;
            _sent[id] = now;
        }

        _queue.Submit();
        return now;
    }

    private void Wait()
    {
        if (!_options.Polls)
        {
            // Without a time limit, so that no clock is read.
            _queue.WaitForUsed(Timeout.InfiniteTimeSpan);
            return;
        }

        while (!_queue.HasUsed)
            Spin.Once();
    }

    private void Drain()
    {
        int count = 0;
        while (_queue.InFlight > 0)
        {
            Wait();
            while (_queue.TryPop(out UsedChain used))
                _returned[count++] = _slots[used.Id];
        }
    }
}
