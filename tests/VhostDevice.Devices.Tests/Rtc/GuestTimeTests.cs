// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using CsCheck;
using VhostDevice.Devices.Rtc;
using Xunit;

namespace VhostDevice.Devices.Tests.Rtc;

public sealed class GuestTimeTests
{
    private const long Second = 1_000_000_000;

    [Fact]
    public void At_first_it_is_the_host_s()
    {
        GuestTime time = new();
        Assert.Equal((123, 1.0, false), (time.Of(123), time.Rate, time.IsFrozen));
        Assert.Equal(long.MaxValue, time.Of(long.MaxValue));
        Assert.Equal(77, time.WhenIs(77));
    }

    [Fact]
    public void It_goes_on_from_what_it_is_set_to()
    {
        GuestTime time = new();
        time.Set(10 * Second, 100 * Second);
        Assert.Equal(101 * Second, time.Of(11 * Second));
        time.Go(12 * Second, 60);
        Assert.Equal(102 * Second, time.Of(12 * Second));
        Assert.Equal(162 * Second, time.Of(13 * Second));
        time.Go(13 * Second, 0);
        Assert.Equal((162 * Second, true), (time.Of(99 * Second), time.IsFrozen));
        Assert.Null(time.WhenIs(163 * Second));
        Assert.NotNull(time.WhenIs(162 * Second));
    }

    [Fact]
    public void It_is_put_no_further_than_times_go()
    {
        GuestTime time = new();
        time.Step(5, long.MaxValue - 1);
        Assert.Equal(long.MaxValue, time.Of(5));
        time.Step(5, -3);
        Assert.Equal(long.MaxValue - 3, time.Of(5));
        time.Set(5, -7);
        time.Step(5, long.MinValue);
        Assert.Equal(long.MinValue, time.Of(5));
    }

    /// <summary>What is said of when it is some time is true: then it is, and a moment before it is not yet.</summary>
    [Fact]
    public void The_moment_of_a_time_is_the_first_at_which_it_shows_it() =>
        Gen.Select(Gen.Long[0, 1L << 61], Gen.Long[0, 1L << 61], Gen.Double[0.001, 1000], Gen.Long[0, 1L << 50]).Sample((host, guest, rate, ahead) =>
        {
            GuestTime time = new();
            time.Set(host, guest);
            time.Go(host, rate);
            long when = time.WhenIs(guest + ahead)!.Value;
            Assert.True(time.Of(when) >= guest + ahead);
            Assert.True(when == host || time.Of(when - 1) < guest + ahead);
        });

    /// <summary>No number makes it throw, or go backwards.</summary>
    [Fact]
    public void It_never_goes_back() =>
        Gen.Select(Gen.Long, Gen.Long, Gen.Long, Gen.Long, Gen.Double[0.001, 1000]).Sample((host, guest, one, other, rate) =>
        {
            GuestTime time = new();
            time.Set(host, guest);
            time.Go(host, rate);
            Assert.True(time.Of(Math.Min(one, other)) <= time.Of(Math.Max(one, other)));
            _ = time.WhenIs(one);
        });
}
