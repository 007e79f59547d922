// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Tests.Support;

namespace VhostDevice.Virtio.Tests.Models;

/// <summary>
/// No wake-up is ever lost: a driver that only looks when interrupted and a device that only looks when kicked, in
/// any order of steps, never both sleep while there is work.
/// </summary>
public sealed class WakeUpTests
{
    private const int Requests = 70_000; // around the 16-bit index

    [Theory, CombinatorialModes]
    public void Both_sides_asleep_means_all_is_done(bool packed, bool eventIdx, bool large)
    {
        foreach (int seed in (int[])[1, 2, 3])
        {
            Outcome o = Run(seed, packed, eventIdx, (ushort)(large ? 64 : 4), Requests, Fault.None);
            Assert.True(o.Finished, $"seed {seed}: both sides sleep after {o.Driver.Returned} requests");
            Assert.Empty(o.Ring.Owner.Broken);
            Assert.Equal(0, o.Ring.Queue.InFlight);
        }
    }

    [Theory, CombinatorialModes]
    public void Wake_ups_are_saved(bool packed, bool eventIdx)
    {
        Outcome o = Run(7, packed, eventIdx, 64, Requests, Fault.None);
        Assert.True(o.Finished);
        Assert.InRange(o.Driver.Kicks, 1, Requests / 4);
        Assert.InRange(o.Driver.Interrupts, 1, Requests / (eventIdx ? 4 : 1));
        // Chains that were left on purpose do not make the device run in circles.
        Assert.InRange(o.Device.IdleTurns, 0, Requests / 2);
    }

    // The control: the same schedule finds out when one of the rules is not kept.
    [Theory]
    [InlineData(false, false, nameof(Fault.NoLookAfterRequest))]
    [InlineData(false, true, nameof(Fault.NoLookAfterRequest))]
    [InlineData(false, false, nameof(Fault.NoRequest))]
    [InlineData(false, true, nameof(Fault.NoRequest))]
    [InlineData(false, false, nameof(Fault.NoInterruptAfterLateCompletion))]
    [InlineData(false, true, nameof(Fault.NoInterruptAfterLateCompletion))]
    [InlineData(true, false, nameof(Fault.NoLookAfterRequest))]
    [InlineData(true, true, nameof(Fault.NoLookAfterRequest))]
    [InlineData(true, false, nameof(Fault.NoRequest))]
    [InlineData(true, true, nameof(Fault.NoRequest))]
    [InlineData(true, false, nameof(Fault.NoInterruptAfterLateCompletion))]
    [InlineData(true, true, nameof(Fault.NoInterruptAfterLateCompletion))]
    public void A_side_that_breaks_a_rule_is_found(bool packed, bool eventIdx, string fault) =>
        Assert.False(Run(1, packed, eventIdx, 4, Requests, Enum.Parse<Fault>(fault)).Finished);

    private static Outcome Run(int seed, bool packed, bool eventIdx, ushort size, int requests, Fault fault)
    {
        Random random = new(seed);
        ModelRing f = packed
            ? new PackedModelRing(new PackedFixture(size, eventIdx, start: size - 1), random)
            : new SplitModelRing(new RingFixture(size, eventIdx, start: 0xfff0), random, 0xfff0);
        _ = f.Queue.RequestKicks(); // as after a start, when the ring was found empty
        SleepyDevice device = null!;
        SleepyDriver driver = new(f, eventIdx, requests, random) { Kick = () => device.Kick() };
        device = new SleepyDevice(f, random, fault) { Interrupt = driver.Interrupt };
        bool finished = Schedule.TryRun(driver, device, () => driver.IsDone, random);
        return new Outcome(finished, f, driver, device);
    }

    private sealed record Outcome(bool Finished, ModelRing Ring, SleepyDriver Driver, SleepyDevice Device);
}
