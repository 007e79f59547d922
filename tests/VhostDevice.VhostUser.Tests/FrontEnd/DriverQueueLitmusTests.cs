// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;
using System.Runtime.InteropServices;
using VhostDevice.VhostUser.FrontEnd;
using Xunit;

namespace VhostDevice.VhostUser.Tests.FrontEnd;

/// <summary>
/// Each side stores and then looks at what the other one stores; at least one of them must see the other, or both go to
/// sleep (virtio 1.3 §2.7.13.4.1). Two threads race for it over and over. The controls do the same without the
/// barrier: they show whether the race happened at all, and are skipped where it did not (no two CPUs were free).
/// </summary>
[Collection(FdLeaks.Name)]
public sealed unsafe class DriverQueueLitmusTests : IDisposable
{
    private const ushort Size = 16;
    private static readonly TimeSpan s_time = TimeSpan.FromSeconds(0.5);

    private readonly FrontEndMemory _memory = new(1 << 16);
    private readonly SplitDriverQueue _queue;
    private readonly Side _driver = new();
    private readonly Side _device = new();

    public DriverQueueLitmusTests() => _queue = new SplitDriverQueue(_memory, 0, Size, eventIdx: true);

    public void Dispose()
    {
        _queue.Dispose();
        _memory.Dispose();
    }

    [Fact]
    public void Kick_or_be_seen() => Assert.Equal(0, Race(
        static () => { },
        _ =>
        {
            _queue.Add(DriverBuffer.Writable(FrontEndMemory.DefaultGuestAddress, 1));
            _queue.Publish();
            return _queue.NeedsKick();
        },
        DeviceGoesToSleep,
        TakeBack));

    [Fact]
    public void Control_of_kick_or_be_seen() => SkipUnlessLost(Race(
        static () => { },
        round =>
        {
            Volatile.Write(ref *_queue.AvailableIndex, (ushort)(round + 1));
            return Volatile.Read(ref *_queue.AvailableEvent) == (ushort)round;
        },
        DeviceGoesToSleep,
        static () => { }));

    [Fact]
    public void See_or_be_called() => Assert.Equal(0, Race(
        () =>
        {
            _queue.Add(DriverBuffer.Writable(FrontEndMemory.DefaultGuestAddress, 1));
            _queue.Publish();
        },
        _ => _queue.EnableInterrupts(),
        DeviceUses,
        TakeBack));

    [Fact]
    public void Control_of_see_or_be_called() => SkipUnlessLost(Race(
        static () => { },
        round =>
        {
            Volatile.Write(ref *_queue.UsedEvent, (ushort)round);
            return Volatile.Read(ref *_queue.UsedIndex) != (ushort)round;
        },
        DeviceUses,
        static () => { }));

    private static void SkipUnlessLost(int lost) =>
        Assert.SkipWhen(lost == 0, "no wake-up was lost without the barrier: no two CPUs were free to race");

    private bool DeviceGoesToSleep(int round)
    {
        Volatile.Write(ref *_queue.AvailableEvent, (ushort)round);
        Interlocked.MemoryBarrier();
        return Volatile.Read(ref *_queue.AvailableIndex) != (ushort)round;
    }

    private bool DeviceUses(int round)
    {
        Volatile.Write(ref *_queue.UsedIndex, (ushort)(round + 1));
        Interlocked.MemoryBarrier();
        return Volatile.Read(ref *_queue.UsedEvent) == (ushort)round;
    }

    // There is one request at a time, so its id, and that of every used entry, is the same.
    private void TakeBack()
    {
        Volatile.Write(ref *_queue.UsedIndex, *_queue.AvailableIndex);
        Assert.True(_queue.TryPop(out _));
    }

    /// <summary>Counts the rounds in which neither side saw the other.</summary>
    private int Race(Action before, Func<int, bool> driver, Func<int, bool> device, Action after)
    {
        bool over = false;
        Thread other = new(() =>
        {
            for (int round = 0; ; round++)
            {
                Meet(_device, _driver);
                if (Volatile.Read(ref over))
                    return;
                Thread.SpinWait(round / 7 % 7);
                _device.Saw = device(round);
                Meet(_device, _driver);
            }
        });
        other.IsBackground = true;
        other.Start();
        int lost = 0;
        long start = Stopwatch.GetTimestamp();
        for (int round = 0; Stopwatch.GetElapsedTime(start) < s_time; round++)
        {
            before();
            Meet(_driver, _device);
            // Both hesitate for varying times, so that their stores meet at every distance.
            Thread.SpinWait(round % 7);
            _driver.Saw = driver(round);
            Meet(_driver, _device);
            if (!_driver.Saw && !_device.Saw)
                lost++;
            after();
        }

        Volatile.Write(ref over, true);
        Meet(_driver, _device);
        other.Join();
        return lost;
    }

    private static void Meet(Side mine, Side other)
    {
        int point = mine.Point + 1;
        Volatile.Write(ref mine.Point, point);
        for (int spins = 1; Volatile.Read(ref other.Point) < point; spins++)
        {
            if (spins % 20_000 == 0)
                Thread.Yield();
        }
    }

    /// <summary>Padded, so that one side's waiting does not disturb the other.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 384)]
    private sealed class Side
    {
        [FieldOffset(128)]
        public int Point;

        [FieldOffset(256)]
        public bool Saw;
    }
}
