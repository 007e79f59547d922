// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Tests.Support;

namespace VhostDevice.Virtio.Tests.Litmus;

/// <summary>
/// The two places where the device stores, then loads what the driver stores (and the other way round) need a full
/// barrier: without it both sides may miss the other and sleep for ever. Even x86 reorders these.
/// </summary>
[Collection(Alone.Name)]
public sealed class StoreThenLoadTests
{
    private static readonly TimeSpan s_time = TimeSpan.FromMilliseconds(300);

    [Theory, CombinatorialModes]
    public void No_wake_up_is_lost(bool kicks, bool eventIdx)
    {
        NeedTwoProcessors();
        Duel duel = Make(kicks, eventIdx, broken: false);
        duel.Run(s_time, untilLost: true);
        Assert.True(duel.Lost == 0, $"round {duel.Rounds} was lost");
        TestContext.Current.TestOutputHelper?.WriteLine($"{duel.Rounds} rounds");
    }

    // The control: it shows that this machine, and this test, would notice.
    [Theory, CombinatorialModes]
    public void Without_the_barrier_wake_ups_are_lost(bool kicks, bool eventIdx)
    {
        NeedTwoProcessors();
        Duel duel = Make(kicks, eventIdx, broken: true);
        duel.Run(s_time, untilLost: true);
        Assert.SkipWhen(
            duel.Lost == 0,
            $"{duel.Rounds} rounds without the barrier lost nothing here: the processors did not run at the same time, or do not reorder");
        TestContext.Current.TestOutputHelper?.WriteLine($"lost in round {duel.Rounds}");
    }

    private static void NeedTwoProcessors() =>
        Assert.SkipWhen(Processors.Allowed.Length < 2, "one processor: two threads never run at the same time");

    private static Duel Make(bool kicks, bool eventIdx, bool broken) =>
        kicks ? new KickDuel(eventIdx, broken) : new InterruptDuel(eventIdx, broken);
}
