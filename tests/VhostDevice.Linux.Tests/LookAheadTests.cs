// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux.Tests;

/// <summary>The decision alone, with a clock of a thousand ticks a microsecond.</summary>
public sealed class LookAheadTests
{
    private const long Microsecond = 1000;

    [Fact]
    public void It_begins_with_a_look_of_ten_microseconds()
    {
        LookAhead ahead = new(Microsecond);
        Assert.True(ahead.Next());
        Assert.Equal(10 * Microsecond, ahead.Limit);
    }

    [Fact]
    public void Looks_that_find_nothing_become_rare()
    {
        LookAhead ahead = new(Microsecond);
        int[] skipped = [.. Enumerable.Range(0, 14).Select(_ =>
        {
            ahead.Missed();
            return Skipped(ref ahead);
        })];
        Assert.Equal([1, 3, 7, 15, 31, 63, 127, 255, 511, 1023, 1023, 1023, 1023, 1023], skipped);
    }

    /// <summary>Half as rare with each: a driver that polls again is found within a few looks.</summary>
    [Fact]
    public void Looks_that_find_something_bring_the_next_ones_back()
    {
        LookAhead ahead = new(Microsecond);
        for (int i = 0; i < 12; i++)
            ahead.Missed();
        _ = Skipped(ref ahead);
        ahead.Found(Microsecond);
        Assert.True(ahead.Next());
        ahead.Missed();
        Assert.Equal((1 << 6) - 1, Skipped(ref ahead));
    }

    [Theory]
    [InlineData(1, 1000)]
    [InlineData(300, 1600)]
    [InlineData(2000, 5000)]
    [InlineData(9000, 10_000)]
    public void The_limit_follows_what_the_last_looks_took(long waited, long limit)
    {
        LookAhead ahead = new(Microsecond);
        for (int i = 0; i < 100; i++)
            ahead.Found(waited);
        Assert.InRange(ahead.Limit, limit, limit + 10);
    }

    /// <summary>What asking for wake-ups would have found as well is no reason to look more often, or for a shorter time.</summary>
    [Fact]
    public void What_was_there_already_says_nothing()
    {
        LookAhead ahead = new(Microsecond);
        for (int i = 0; i < 3; i++)
        {
            ahead.Missed();
            _ = Skipped(ref ahead);
        }

        for (int i = 0; i < 100; i++)
        {
            ahead.Found(0);
            Assert.True(ahead.Next());
        }

        Assert.Equal(10 * Microsecond, ahead.Limit);
        ahead.Missed();
        Assert.Equal((1 << 4) - 1, Skipped(ref ahead));
    }

    /// <summary>Whatever happens, a look is never longer than 10 µs, nor shorter than one.</summary>
    [Fact]
    public void The_limit_has_limits()
    {
        Random random = new(1);
        LookAhead ahead = new(Microsecond);
        for (int i = 0; i < 10_000; i++)
        {
            if (random.Next(4) == 0)
                ahead.Missed();
            else
                ahead.Found(random.NextInt64(0, 20 * Microsecond));
            Assert.InRange(ahead.Limit, Microsecond, 10 * Microsecond);
            Assert.InRange(Skipped(ref ahead), 0, 1023);
        }
    }

    /// <summary>Where nobody ever adds anything in time, a look of 10 µs comes once in 1024 sleeps: 10 ns each.</summary>
    [Fact]
    public void In_vain_it_costs_next_to_nothing()
    {
        LookAhead ahead = new(Microsecond);
        int looks = 0;
        for (int i = 0; i < 1_000_000; i++)
        {
            if (!ahead.Next())
                continue;
            looks++;
            ahead.Missed();
        }

        Assert.InRange(looks, 1, 1000);
    }

    private static int Skipped(ref LookAhead ahead)
    {
        int skipped = 0;
        while (!ahead.Next())
            skipped++;
        return skipped;
    }
}
