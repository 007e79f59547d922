// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace VhostDevice.Virtio.Tests.Litmus;

/// <summary>
/// A litmus test of memory order: two threads do one thing each at the same instant, over and over. A round is lost
/// when each stored, then loaded, and neither saw the other's store.
/// </summary>
internal abstract class Duel
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly Side _device = new();
    private readonly Side _driver = new();
    private volatile int _last = int.MaxValue;
    private bool _ended;
    private int _driverLead;

    public int Rounds { get; private set; }

    public int Lost { get; private set; }

    /// <summary>Runs rounds until the time is over, or one was lost and that is enough.</summary>
    public void Run(TimeSpan time, bool untilLost)
    {
        int[] processors = Processors.Allowed;
        Thread device = Start(processors[0], () => RunDevice(time, untilLost));
        Thread driver = Start(processors[1], RunDriver);
        Assert.True(device.Join(2 * s_patience) && driver.Join(s_patience), "a thread hangs");
        Assert.True(_ended, "a thread waited for the other in vain");
    }

    /// <summary>The device's store, barrier (or not) and load.</summary>
    /// <returns>Whether it saw what the driver stored.</returns>
    protected abstract bool DeviceActs(int round);

    /// <summary>The driver's store, barrier and load.</summary>
    /// <returns>Whether it saw what the device stored.</returns>
    protected abstract bool DriverActs(int round);

    /// <summary>Makes the next round possible; the other thread waits meanwhile.</summary>
    protected abstract void Settle(int round);

    private static Thread Start(int processor, Action run)
    {
        Thread thread = new(() =>
        {
            Processors.Pin(processor);
            run();
        })
        { IsBackground = true };
        thread.Start();
        return thread;
    }

    private void RunDevice(TimeSpan time, bool untilLost)
    {
        long start = Stopwatch.GetTimestamp();
        for (int round = 1; round <= _last; round++)
        {
            if (!Meet(_device, _driver))
                return;
            Hesitate(_device, Jitter(round) - Math.Min(_driverLead, 0));
            _device.Saw = DeviceActs(round);
            // Decided before the round ends for both, so that both know which is the last.
            if ((untilLost && Lost > 0) || Stopwatch.GetElapsedTime(start) > time)
                _last = round;
            if (!Meet(_device, _driver))
                return;
            Rounds = round;
            if (!_device.Saw && !_driver.Saw)
                Lost++;
            Aim();
            Settle(round);
        }

        _ended = true;
    }

    private void RunDriver()
    {
        for (int round = 1; round <= _last; round++)
        {
            if (!Meet(_driver, _device))
                return;
            Hesitate(_driver, Jitter(~round) + Math.Max(_driverLead, 0));
            _driver.Saw = DriverActs(round);
            if (!Meet(_driver, _device))
                return;
        }
    }

    // Who saw nothing was first, and waits a little longer in the next rounds: so the stores meet, whatever the distance
    // between the processors.
    private void Aim()
    {
        const int Most = 2000;
        if (_device.Saw != _driver.Saw)
            _driverLead = Math.Clamp(_driverLead + (_device.Saw ? 1 : -1), -Most, Most);
    }

    private static int Jitter(int round) => (int)((uint)round * 2654435761u >> 16) % 32;

    private static void Hesitate(Side mine, int steps)
    {
        for (int i = 0; i < steps; i++)
            _ = Volatile.Read(ref mine.Point);
    }

    private static bool Meet(Side mine, Side other)
    {
        int point = mine.Point + 1;
        Volatile.Write(ref mine.Point, point);
        long since = 0;
        for (int spins = 1; Volatile.Read(ref other.Point) < point; spins++)
        {
            // The other thread may not be on a processor at all.
            if (spins % 20_000 != 0)
                continue;
            Thread.Yield();
            since = since == 0 ? Stopwatch.GetTimestamp() : since;
            if (Stopwatch.GetElapsedTime(since) > s_patience)
                return false;
        }

        return true;
    }

    /// <summary>Padded all around, so that waiting for one side does not disturb the other.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 384)]
    private sealed class Side
    {
        [FieldOffset(128)]
        public int Point;

        [FieldOffset(256)]
        public bool Saw;
    }
}
