// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using System.Diagnostics;
using VhostDevice.Bench.BackEnds;
using VhostDevice.Bench.Bus;
using VhostDevice.Bench.Load;
using VhostDevice.Bench.Measuring;
using VhostDevice.Bench.Processes;
using VhostDevice.VhostUser.FrontEnd;

namespace VhostDevice.Bench.Rtc;

/// <summary>Alarms two milliseconds ahead. Measured is how late the guest's interrupt is taken, by the clock that the alarm is on.</summary>
internal sealed class AlarmLoad : IDisposable
{
    private const long AheadNanoseconds = 2_000_000;
    private const int WarmUp = 20;

    private readonly CpuClock _daemon;
    private readonly FrontEndDevice _device;
    private readonly DriverQueue _requests;
    private readonly DriverQueue _alarms;
    private readonly Histogram _histogram = new();
    private readonly ulong _message;
    private readonly ulong _answer;
    private readonly ulong _report;

    private AlarmLoad(BackEnd backEnd)
    {
        _daemon = CpuClock.Of(backEnd.Pid);
        _device = Attachment.To(backEnd.SocketPath, new FrontEndDeviceOptions { QueueSizes = [64, 64], MemorySize = 1 << 20 });
        (_requests, _alarms) = (_device.Queues[0], _device.Queues[1]);
        BusRequest request = BusRequest.RtcSetAlarm(0);
        _message = _device.Memory.Allocate((ulong)request.Message.Length, 64);
        _device.Memory.Write(_message, request.Message);
        _answer = _device.Memory.Allocate(8, 64);
        _report = _device.Memory.Allocate(16, 64);
    }

    internal static LoadResult Run(BackEnd backEnd, TimeSpan time)
    {
        using AlarmLoad load = new(backEnd);
        return load.Run(time);
    }

    public void Dispose() => _device.Dispose();

    private static long Now() => (DateTime.UtcNow - DateTime.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;

    private LoadResult Run(TimeSpan time)
    {
        using Watchdog watchdog = new(time + TimeSpan.FromSeconds(10), "an alarm did not go off");
        for (int i = 0; i < WarmUp; i++)
            Alarm();
        _histogram.Clear();
        long daemonCpu = _daemon.Nanoseconds;
        long ownCpu = CpuClock.CurrentThread.Nanoseconds;
        long start = Stopwatch.GetTimestamp();
        long end = start + (long)(time.TotalSeconds * Stopwatch.Frequency);
        long count = 0;
        for (; Stopwatch.GetTimestamp() < end; count++)
            Alarm();
        return new LoadResult
        {
            Requests = count,
            Elapsed = Stopwatch.GetElapsedTime(start),
            GeneratorCpu = (double)(CpuClock.CurrentThread.Nanoseconds - ownCpu) / count,
            DaemonCpu = (double)(_daemon.Nanoseconds - daemonCpu) / count,
            P50 = _histogram.Percentile(0.5),
            P99 = _histogram.Percentile(0.99),
            P999 = _histogram.Percentile(0.999),
        };
    }

    private void Alarm()
    {
        _alarms.Add(DriverBuffer.Writable(_report, 16));
        _alarms.Submit();
        long due = Now() + AheadNanoseconds;
        BinaryPrimitives.WriteInt64LittleEndian(_device.Memory.Span(_message, 24)[8..], due);
        _requests.Add(DriverBuffer.Readable(_message, 24), DriverBuffer.Writable(_answer, 8));
        _requests.Submit();
        _requests.WaitForUsed(Timeout.InfiniteTimeSpan);
        if (!_requests.TryPop(out _) || _device.Memory.Span(_answer, 1)[0] != 0)
            throw new BenchException("the device refused an alarm");
        _alarms.WaitForUsed(Timeout.InfiniteTimeSpan);
        long late = Now() - due;
        if (!_alarms.TryPop(out UsedChain used) || used.Length != 16)
            throw new BenchException("the device returned a buffer without a report");
        if (late < 0)
            throw new BenchException($"an alarm went off {-late} ns too early");
        _histogram.Record(late);
    }
}
