// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;
using VhostDevice.Bench.BackEnds;
using VhostDevice.Bench.Load;
using VhostDevice.Bench.Measuring;
using VhostDevice.Bench.Processes;
using VhostDevice.VhostUser.FrontEnd;

namespace VhostDevice.Bench.Bus;

/// <summary>
/// Edges on a wire between two lines of a board: one line is set, the other one interrupts. Measured is the time from
/// before the request until the event queue's interrupt was taken, so it has a request's way to the device in it.
/// </summary>
internal sealed unsafe class EdgeLoad : IDisposable
{
    // Lines of the built-in board, which are wired to each other.
    private const byte Output = 2;
    private const byte Input = 3;

    private const int WarmUp = 500;

    private readonly CpuClock _daemon;
    private readonly FrontEndDevice _device;
    private readonly DriverQueue _requests;
    private readonly DriverQueue _events;
    private readonly Histogram _histogram = new();
    private readonly ulong _message;
    private readonly ulong _answer;
    private readonly ulong _line;
    private readonly ulong _status;

    private EdgeLoad(BackEnd backEnd)
    {
        _daemon = CpuClock.Of(backEnd.Pid);
        _device = Attachment.To(backEnd.SocketPath, new FrontEndDeviceOptions { QueueSizes = [64, 64], MemorySize = 1 << 20 });
        (_requests, _events) = (_device.Queues[0], _device.Queues[1]);
        _message = _device.Memory.Allocate(8, 64);
        _answer = _device.Memory.Allocate(2, 64);
        _line = _device.Memory.Allocate(2, 64);
        _status = _device.Memory.Allocate(1, 64);
        _device.Memory.Write(_line, [Input, 0]);
    }

    internal static LoadResult Run(BackEnd backEnd, TimeSpan time)
    {
        using EdgeLoad load = new(backEnd);
        return load.Run(time);
    }

    public void Dispose() => _device.Dispose();

    private LoadResult Run(TimeSpan time)
    {
        using Watchdog watchdog = new(time + TimeSpan.FromSeconds(10), "the back-end gave no interrupt");
        Ask(BusRequest.GpioSet(Output, 0));
        Ask(BusRequest.GpioDirection(Output, 1));
        Ask(BusRequest.GpioDirection(Input, 2));
        Ask(BusRequest.GpioInterrupt(Input, 3));
        byte level = 0;
        for (int i = 0; i < WarmUp; i++)
            Edge(level ^= 1);

        _histogram.Clear();
        long daemonCpu = _daemon.Nanoseconds;
        long ownCpu = CpuClock.CurrentThread.Nanoseconds;
        long start = Stopwatch.GetTimestamp();
        long end = start + (long)(time.TotalSeconds * Stopwatch.Frequency);
        long now = start;
        long count = 0;
        for (; now < end; count++)
            now = Edge(level ^= 1);
        return new LoadResult
        {
            Requests = count,
            Elapsed = Stopwatch.GetElapsedTime(start, now),
            GeneratorCpu = (double)(CpuClock.CurrentThread.Nanoseconds - ownCpu) / count,
            DaemonCpu = (double)(_daemon.Nanoseconds - daemonCpu) / count,
            P50 = _histogram.Percentile(0.5),
            P99 = _histogram.Percentile(0.99),
            P999 = _histogram.Percentile(0.999),
        };
    }

    // One edge; returns when its interrupt was taken.
    private long Edge(byte level)
    {
        _events.Add(DriverBuffer.Readable(_line, 2), DriverBuffer.Writable(_status, 1));
        _events.Submit();
        _device.Memory.Span(_message, 8)[4] = level;
        long before = Stopwatch.GetTimestamp();
        Send(5, Output, level);
        _events.WaitForUsed(Timeout.InfiniteTimeSpan);
        long now = Stopwatch.GetTimestamp();
        _histogram.Record(now - before);
        if (!_events.TryPop(out UsedChain used) || used.Length != 1 || _device.Memory.Span(_status, 1)[0] != 1)
            throw new BenchException("the device returned the line's buffer without an edge");
        Take();
        return now;
    }

    private void Ask(BusRequest request)
    {
        Send(request.Message[0], request.Message[2], request.Message[4]);
        Take();
    }

    private void Send(byte type, byte line, byte value)
    {
        Span<byte> message = _device.Memory.Span(_message, 8);
        message.Clear();
        (message[0], message[2], message[4]) = (type, line, value);
        _requests.Add(DriverBuffer.Readable(_message, 8), DriverBuffer.Writable(_answer, 2));
        _requests.Submit();
    }

    private void Take()
    {
        _requests.WaitForUsed(Timeout.InfiniteTimeSpan);
        if (!_requests.TryPop(out _) || _device.Memory.Span(_answer, 2)[0] != 0)
            throw new BenchException("the device refused a request");
    }
}
