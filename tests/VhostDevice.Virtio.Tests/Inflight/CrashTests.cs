// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Tests.Support;

namespace VhostDevice.Virtio.Tests.Inflight;

/// <summary>
/// A back-end that dies after any store to the record leaves a ring that its successor serves to the end: every request
/// is served, every one comes back exactly once, and none is lost.
/// </summary>
public sealed class CrashTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(0xfff8)]
    public void Each_store_may_be_the_last(int start)
    {
        int crashes = 0;
        for (int seed = 0; seed < 14; seed++)
        {
            List<Crash> found = [];
            CrashWorld first = new(seed, (ushort)start, null, found);
            first.Run(150);
            first.Drain();
            foreach (Crash crash in found)
                Recover(crash, seed, []);
            crashes += found.Count;
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{crashes} crashes");
        Assert.True(crashes > 1000);
    }

    /// <summary>The successor dies as well, at any store of its own, the ones by which it settles what it found included.</summary>
    [Fact]
    public void The_successor_may_die_as_well()
    {
        int crashes = 0;
        for (int seed = 0; seed < 3; seed++)
        {
            List<Crash> found = [];
            new CrashWorld(seed, 0xfff0, null, found).Run(100);
            foreach (Crash crash in found)
            {
                List<Crash> again = [];
                Recover(crash, seed, again);
                foreach (Crash second in again)
                    Recover(second, seed, []);
                crashes += again.Count;
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{crashes} crashes");
        Assert.True(crashes > 1000);
    }

    [Fact]
    public void What_was_taken_is_served_again_in_the_order_in_which_it_was_made_available()
    {
        for (int seed = 0; seed < 14; seed++)
        {
            List<Crash> found = [];
            new CrashWorld(seed, 0, null, found).Run(120);
            foreach (Crash crash in found)
            {
                RingFixture f = new(8);
                crash.Ring.CopyTo(f.Guest.Span(0, crash.Ring.Length));
                ushort[] expected = [.. crash.Outstanding.Except(crash.Visible(f))];
                CrashWorld next = new(seed, 0, crash, []);
                next.Drain();
                Assert.Equal(expected, next.Served);
            }
        }
    }

    /// <summary>The control: without the record, the same successor loses requests or returns some twice, and that is seen.</summary>
    [Fact]
    public void Without_the_record_something_goes_wrong()
    {
        int wrong = 0;
        for (int seed = 0; seed < 10; seed++)
        {
            List<Crash> found = [];
            new CrashWorld(seed, 0, null, found).Run(100);
            foreach (Crash crash in found)
            {
                try
                {
                    Recover(crash with { Record = new byte[crash.Record.Length] }, seed, []);
                }
                catch (Xunit.Sdk.XunitException)
                {
                    wrong++;
                }
            }
        }

        Assert.True(wrong > 100, $"only {wrong}");
    }

    private static void Recover(Crash crash, int seed, List<Crash> again)
    {
        CrashWorld next = new(seed + 1000, 0, crash, again);
        next.Drain();
        Assert.Equal(crash.Outstanding.Order(), next.Returned.Order());
        // And it is a ring like any other from then on.
        int before = again.Count;
        next.Run(20);
        next.Drain();
        again.RemoveRange(before, again.Count - before);
    }
}
