// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;
using VhostDevice.VhostUser.FrontEnd;
using Xunit;

namespace VhostDevice.VhostUser.Tests.FrontEnd;

/// <summary>
/// Each side stores and then looks at what the other one stores; at least one of them must see the other, or both go to
/// sleep (virtio 1.3 §2.7.13.4.1). Two threads race for it over and over. A control without the barrier shows
/// whether this machine can tell; where it cannot (one CPU), the test says so instead of passing.
/// </summary>
[Collection(FdLeaks.Name)]
public sealed unsafe class DriverQueueLitmusTests : IDisposable
{
    private const ushort Size = 16;
    private static readonly TimeSpan s_time = TimeSpan.FromSeconds(1.5);

    private readonly FrontEndMemory _memory = new(1 << 16);
    private readonly SplitDriverQueue _queue;

    public DriverQueueLitmusTests() => _queue = new SplitDriverQueue(_memory, 0, Size, eventIdx: true);

    public void Dispose()
    {
        _queue.Dispose();
        _memory.Dispose();
    }

    [Fact]
    public void Kick_or_be_seen()
    {
        int correct = Race(
            round =>
            {
                _queue.Add(DriverBuffer.Writable(FrontEndMemory.DefaultGuestAddress, 1));
                _queue.Publish();
                return _queue.NeedsKick();
            },
            round => DeviceGoesToSleep(round),
            BringBack);
        Assert.Equal(0, correct);
        AssertTellsTheDifference(Race(
            round =>
            {
                Volatile.Write(ref *_queue.AvailableIndex, (ushort)(round + 1));
                return (ushort)(round + 1 - Volatile.Read(ref *_queue.AvailableEvent) - 1) < 1;
            },
            round => DeviceGoesToSleep(round),
            static () => { }));
    }

    [Fact]
    public void See_or_be_called()
    {
        int correct = Race(
            round => _queue.EnableInterrupts(),
            round => DeviceUses(round),
            BringBack,
            () =>
            {
                _queue.Add(DriverBuffer.Writable(FrontEndMemory.DefaultGuestAddress, 1));
                _queue.Publish();
            });
        Assert.Equal(0, correct);
        AssertTellsTheDifference(Race(
            round =>
            {
                Volatile.Write(ref *_queue.UsedEvent, (ushort)round);
                return Volatile.Read(ref *_queue.UsedIndex) != (ushort)round;
            },
            round => DeviceUses(round),
            static () => { }));
    }

    private bool DeviceGoesToSleep(int round)
    {
        Volatile.Write(ref *_queue.AvailableEvent, (ushort)round);
        Interlocked.MemoryBarrier();
        return Volatile.Read(ref *_queue.AvailableIndex) != (ushort)round;
    }

    private bool DeviceUses(int round)
    {
        _queue.UsedRing[round % Size].Id = 0;
        Volatile.Write(ref *_queue.UsedIndex, (ushort)(round + 1));
        Interlocked.MemoryBarrier();
        return Volatile.Read(ref *_queue.UsedEvent) == (ushort)round;
    }

    private void BringBack()
    {
        *_queue.UsedRing = default;
        new Span<VhostDevice.Virtio.Queues.SplitUsedElement>(_queue.UsedRing, Size).Clear();
        Volatile.Write(ref *_queue.UsedIndex, *_queue.AvailableIndex);
        if (!_queue.TryPop(out _))
            throw new InvalidOperationException("nothing to take back");
    }

    /// <summary>Counts the rounds in which neither side saw the other.</summary>
    private int Race(Func<int, bool> driver, Func<int, bool> device, Action after, Action? before = null)
    {
        _queue.Reset();
        int go = -1;
        int done = -1;
        bool deviceSaw = false;
        bool stop = false;
        Thread other = new(() =>
        {
            for (int round = 0; ; round++)
            {
                while (Volatile.Read(ref go) < round)
                {
                    if (Volatile.Read(ref stop))
                        return;
                }

                deviceSaw = device(round);
                Volatile.Write(ref done, round);
            }
        });
        other.Start();
        int blind = 0;
        long start = Stopwatch.GetTimestamp();
        for (int round = 0; round < 300_000 && Stopwatch.GetElapsedTime(start) < s_time; round++)
        {
            before?.Invoke();
            Volatile.Write(ref go, round);
            // The other thread learns of it a little later; a varying delay makes the two meet.
            for (int i = round % 64; i > 0; i--)
                Volatile.Read(ref done);
            bool driverSaw = driver(round);
            for (int spins = 0; Volatile.Read(ref done) < round; spins++)
            {
                if (spins > 10_000)
                    Thread.Yield();
            }

            if (!driverSaw && !deviceSaw)
                blind++;
            after();
        }

        Volatile.Write(ref stop, true);
        other.Join();
        return blind;
    }

    private static void AssertTellsTheDifference(int blindWithoutBarrier) =>
        Assert.SkipWhen(blindWithoutBarrier == 0, "the control without a barrier did not fail either: no two CPUs were free to race");
}
