// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Virtio.Tests.Inflight;

/// <summary>As <see cref="CrashTests"/>, for packed rings.</summary>
public sealed class PackedCrashTests
{
    [Fact]
    public void Each_store_may_be_the_last()
    {
        int crashes = 0;
        for (int seed = 0; seed < 14; seed++)
        {
            List<PackedCrash> found = [];
            PackedCrashWorld first = new(seed, null, found);
            first.Run(150);
            first.Drain();
            foreach (PackedCrash crash in found)
                Recover(crash, seed, []);
            crashes += found.Count;
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{crashes} crashes");
        Assert.True(crashes > 1000);
    }

    [Fact]
    public void The_successor_may_die_as_well()
    {
        int crashes = 0;
        for (int seed = 0; seed < 3; seed++)
        {
            List<PackedCrash> found = [];
            new PackedCrashWorld(seed, null, found).Run(80);
            foreach (PackedCrash crash in found)
            {
                List<PackedCrash> again = [];
                Recover(crash, seed, again);
                foreach (PackedCrash second in again)
                    Recover(second, seed, []);
                crashes += again.Count;
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{crashes} crashes");
        Assert.True(crashes > 1000);
    }

    /// <summary>The control: without the record something is lost or comes back twice, and that is seen.</summary>
    [Fact]
    public void Without_the_record_something_goes_wrong()
    {
        int wrong = 0;
        for (int seed = 0; seed < 5; seed++)
        {
            List<PackedCrash> found = [];
            new PackedCrashWorld(seed, null, found).Run(100);
            foreach (PackedCrash crash in found)
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

        Assert.True(wrong > 50, $"only {wrong}");
    }

    private static void Recover(PackedCrash crash, int seed, List<PackedCrash> again)
    {
        PackedCrashWorld next = new(seed + 1000, crash, again);
        next.Drain();
        Assert.Equal(crash.Order.Order(), next.Returned.Order());
        int before = again.Count;
        next.Run(20);
        next.Drain();
        again.RemoveRange(before, again.Count - before);
    }
}
