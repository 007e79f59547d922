// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using VhostDevice.Bench.BackEnds;
using VhostDevice.Bench.Load;
using VhostDevice.Bench.Measuring;
using VhostDevice.Bench.Processes;
using VhostDevice.VhostUser.FrontEnd;

namespace VhostDevice.Bench.Can;

/// <summary>
/// Frames of eight bytes from one guest to another on a simulated bus; both guests are played by one thread. Measured is what arrives,
/// and with one frame at a time how long it takes from the one to the other.
/// </summary>
internal sealed class CanLoad : IDisposable
{
    private const int Frame = 24;
    private const int Room = 80;
    private const int Buffers = 128;
    private const uint Size = 256;

    private readonly CpuClock _daemon;
    private readonly FrontEndDevice _sender;
    private readonly FrontEndDevice _receiver;
    private readonly DriverQueue _out;
    private readonly DriverQueue _in;
    private readonly Histogram _histogram = new();
    private readonly ulong _frames;
    private readonly ulong _rooms;
    private readonly int _depth;
    private int _next;

    private CanLoad(BackEnd backEnd, int depth)
    {
        _daemon = CpuClock.Of(backEnd.Pid);
        _depth = depth;
        FrontEndDeviceOptions options = new() { QueueSizes = [(int)Size, (int)Size, 16], MemorySize = 1 << 20 };
        // The sockets are numbered from 0 on.
        _sender = Attachment.To(backEnd.SocketPath, options);
        _receiver = Attachment.To(string.Create(CultureInfo.InvariantCulture, $"{backEnd.SocketPath[..^1]}1"), options);
        (_out, _in) = (_sender.Queues[0], _receiver.Queues[1]);
        _frames = _sender.Memory.Allocate((ulong)(depth * 32), 64);
        _rooms = _receiver.Memory.Allocate(Buffers * 128, 128);
    }

    internal static LoadResult Run(BackEnd backEnd, int depth, TimeSpan time)
    {
        using CanLoad load = new(backEnd, depth);
        return load.Run(time);
    }

    public void Dispose()
    {
        _sender.Dispose();
        _receiver.Dispose();
    }

    private LoadResult Run(TimeSpan time)
    {
        using Watchdog watchdog = new(time + TimeSpan.FromSeconds(10), "a frame did not arrive");
        Start(_sender);
        Start(_receiver);
        for (int i = 0; i < Buffers; i++)
            _in.Add(DriverBuffer.Writable(_rooms + (ulong)(i * 128), Room));
        _in.Submit();
        for (int i = 0; i < _depth; i++)
        {
            byte[] frame = new byte[Frame];
            frame[0] = 1;
            frame[2] = 8;
            BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(12), (uint)i);
            _sender.Memory.Write(_frames + (ulong)(i * 32), frame);
        }

        _ = Turns(Stopwatch.GetTimestamp() + (Stopwatch.Frequency / 50));
        _histogram.Clear();
        long daemonCpu = _daemon.Nanoseconds, ownCpu = CpuClock.CurrentThread.Nanoseconds, start = Stopwatch.GetTimestamp();
        long count = Turns(start + (long)(time.TotalSeconds * Stopwatch.Frequency));
        long now = Stopwatch.GetTimestamp();
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

    // Sends as many as the depth says, and waits until all have arrived and are answered, until the time is over.
    private long Turns(long end)
    {
        long count = 0;
        for (long before = Stopwatch.GetTimestamp(); before < end;)
        {
            for (int i = 0; i < _depth; i++)
            {
                ulong at = _frames + (ulong)(i * 32);
                _out.Add(DriverBuffer.Readable(at, Frame), DriverBuffer.Writable(at + Frame, 1));
            }

            _out.Submit();
            for (int left = _depth; left > 0;)
            {
                _in.WaitForUsed(Timeout.InfiniteTimeSpan);
                for (; left > 0 && _in.TryPop(out UsedChain used); left--)
                {
                    if (used.Length != Frame)
                        throw new BenchException("another frame arrived than was sent");
                    // They come back in the order in which they were given.
                    _in.Add(DriverBuffer.Writable(_rooms + (ulong)(_next++ % Buffers * 128), Room));
                }
            }

            long now = Stopwatch.GetTimestamp();
            _histogram.Record((now - before) / _depth);
            _in.Submit();
            for (int left = _depth; left > 0;)
            {
                _out.WaitForUsed(Timeout.InfiniteTimeSpan);
                while (left > 0 && _out.TryPop(out _))
                    left--;
            }

            count += _depth;
            before = Stopwatch.GetTimestamp();
        }

        return count;
    }

    private static void Start(FrontEndDevice device)
    {
        ulong at = device.Memory.Allocate(8, 64);
        device.Memory.Write(at, [1, 2]);
        device.Queues[2].Add(DriverBuffer.Readable(at, 2), DriverBuffer.Writable(at + 2, 1));
        device.Queues[2].Submit();
        device.Queues[2].WaitForUsed(Timeout.InfiniteTimeSpan);
        if (!device.Queues[2].TryPop(out _) || device.Memory.Span(at + 2, 1)[0] != 0)
            throw new BenchException("the controller does not start");
    }
}
