// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;
using VhostDevice.Devices.Rng;
using Xunit;

namespace VhostDevice.Devices.Tests.Rng;

/// <summary>The window, with a clock of the test's own.</summary>
public sealed class RateLimitTests
{
    private static readonly TimeSpan s_period = TimeSpan.FromSeconds(10);
    private long _now = 1_000_000;

    [Fact]
    public void A_period_begins_with_the_full_quota()
    {
        RateLimit limit = New(100);
        Assert.Equal(100UL, limit.Allowance(out TimeSpan wait));
        Assert.Equal(TimeSpan.Zero, wait);
    }

    [Fact]
    public void What_is_spent_is_gone_until_the_period_ends()
    {
        RateLimit limit = New(100);
        limit.Spend(60);
        Assert.Equal(40UL, limit.Allowance(out _));
        limit.Spend(40);
        Advance(4);
        Assert.Equal(0UL, limit.Allowance(out TimeSpan wait));
        Assert.Equal(TimeSpan.FromSeconds(6), wait);
        Advance(6);
        Assert.Equal(100UL, limit.Allowance(out wait));
        Assert.Equal(TimeSpan.Zero, wait);
    }

    [Fact]
    public void The_next_period_begins_with_the_first_request_after_the_former_one()
    {
        RateLimit limit = New(100);
        Advance(25); // not on a grid of 10 seconds
        Assert.Equal(100UL, limit.Allowance(out _));
        limit.Spend(100);
        Advance(9);
        Assert.Equal(0UL, limit.Allowance(out TimeSpan wait));
        Assert.Equal(TimeSpan.FromSeconds(1), wait);
    }

    [Fact]
    public void What_was_not_spent_is_not_saved_up()
    {
        RateLimit limit = New(100);
        Advance(1000);
        Assert.Equal(100UL, limit.Allowance(out _));
    }

    [Fact]
    public void More_than_is_left_cannot_be_spent()
    {
        RateLimit limit = New(100);
        limit.Spend(1000);
        Assert.Equal(0UL, limit.Allowance(out _));
    }

    [Fact]
    public void A_waiter_that_comes_a_tick_early_waits_that_tick()
    {
        RateLimit limit = New(1);
        limit.Spend(1);
        _now += (long)(s_period.TotalSeconds * Stopwatch.Frequency) - 1;
        Assert.Equal(0UL, limit.Allowance(out _));
        _now++;
        Assert.Equal(1UL, limit.Allowance(out _));
    }

    [Fact]
    public void A_quota_beyond_four_gigabytes_is_kept_too()
    {
        const ulong quota = 6UL << 30;
        RateLimit limit = New(quota);
        ulong got = 0;
        while (limit.Allowance(out _) is > 0 and var n)
        {
            ulong some = Math.Min(n, 1 << 30);
            limit.Spend(some);
            got += some;
        }

        Assert.Equal(quota, got);
        Advance(10);
        Assert.Equal(quota, limit.Allowance(out _));
    }

    [Fact]
    public void A_quota_of_nothing_is_an_error_of_the_caller() => Assert.Throws<ArgumentOutOfRangeException>(() => New(0));

    private RateLimit New(ulong quota) => new(quota, s_period, () => _now);

    private void Advance(int seconds) => _now += seconds * Stopwatch.Frequency;
}
