// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using CsCheck;
using VhostDevice.Devices.Rtc;
using Xunit;

namespace VhostDevice.Devices.Tests.Rtc;

/// <summary>A table with a leap second that is inserted at the end of 2016, and one that is left out at the end of 2027.</summary>
public sealed class UtcScaleTests
{
    private const long Second = 1_000_000_000;
    private const long Inserted = 1_483_228_800; // 2017-01-01T00:00:00Z
    private const long Omitted = 1_830_297_600; // 2028-01-01T00:00:00Z

    private static readonly LeapSeconds s_table = Read("3644697600 36\n3692217600 37\n4039286400 36\n");

    // Seconds of TAI since 1970, and what is shown then.
    [Theory]
    // The day before, 23:59:59, the leap second's begin and end.
    [InlineData(LeapSmear.Step, Inserted - 86_400 + 36, Inserted - 86_400)]
    [InlineData(LeapSmear.Step, Inserted + 35, Inserted - 1)]
    [InlineData(LeapSmear.Step, Inserted + 36, Inserted - 1)]
    [InlineData(LeapSmear.Step, Inserted + 36.5, Inserted - 0.5)]
    [InlineData(LeapSmear.Step, Inserted + 37, Inserted)]
    [InlineData(LeapSmear.Step, Omitted + 35, Omitted - 2)]
    [InlineData(LeapSmear.Step, Omitted + 36, Omitted)]
    // Noon, a quarter and the middle of the way, the next noon.
    [InlineData(LeapSmear.NoonLinear, Inserted - 43_200 + 36, Inserted - 43_200)]
    [InlineData(LeapSmear.NoonLinear, Inserted - 43_200 + 36 + 21_600.25, Inserted - 21_600)]
    [InlineData(LeapSmear.NoonLinear, Inserted + 36.5, Inserted)]
    [InlineData(LeapSmear.NoonLinear, Inserted + 43_200 + 37, Inserted + 43_200)]
    [InlineData(LeapSmear.NoonLinear, Inserted + 90_000 + 37, Inserted + 90_000)]
    [InlineData(LeapSmear.NoonLinear, Omitted - 43_200 + 37, Omitted - 43_200)]
    [InlineData(LeapSmear.NoonLinear, Omitted + 36.5, Omitted)]
    [InlineData(LeapSmear.NoonLinear, Omitted + 43_200 + 36, Omitted + 43_200)]
    // 23:43:21, half of the 1000 seconds later, midnight; where a second is left out it begins at 23:43:19.
    [InlineData(LeapSmear.UtcSls, Inserted - 999 + 36, Inserted - 999)]
    [InlineData(LeapSmear.UtcSls, Inserted - 999 + 36 + 500, Inserted - 499.5)]
    [InlineData(LeapSmear.UtcSls, Inserted + 37, Inserted)]
    [InlineData(LeapSmear.UtcSls, Omitted - 1001 + 37, Omitted - 1001)]
    [InlineData(LeapSmear.UtcSls, Omitted - 1001 + 37 + 500, Omitted - 500.5)]
    [InlineData(LeapSmear.UtcSls, Omitted + 36, Omitted)]
    public void The_points_of_a_leap_second(LeapSmear smear, double tai, double shown) =>
        Assert.Equal((long)((decimal)shown * Second), new UtcScale(s_table, smear).FromTai((long)((decimal)tai * Second)));

    [Fact]
    public void A_step_is_a_step()
    {
        UtcScale scale = new(s_table, LeapSmear.Step);
        Assert.Equal((Inserted * Second) - 1, scale.FromTai(((Inserted + 36) * Second) - 1));
        Assert.Equal(((Omitted - 1) * Second) - 1, scale.FromTai(((Omitted + 36) * Second) - 1));
        // A time that comes twice is meant to be the first of the two, and one that there is not is over when the next has come.
        Assert.Equal(((Inserted + 35) * Second) + 7, scale.ToTai(((Inserted - 1) * Second) + 7));
        Assert.Equal((Omitted + 36) * Second, scale.ToTai(((Omitted - 1) * Second) + 7));
    }

    [Theory]
    [InlineData(LeapSmear.Step)]
    [InlineData(LeapSmear.NoonLinear)]
    [InlineData(LeapSmear.UtcSls)]
    public void The_moment_of_a_time_is_the_first_at_which_it_shows_it(LeapSmear smear)
    {
        UtcScale scale = new(s_table, smear);
        Gen.Long[-100_000 * Second, 100_000 * Second].Select(Gen.Bool, (ahead, which) => ((which ? Inserted : Omitted) * Second) + ahead)
            .Sample(shown =>
            {
                long tai = scale.ToTai(shown);
                Assert.True(scale.FromTai(tai) >= shown);
                Assert.True(scale.FromTai(tai - 1) < shown);
            });
    }

    /// <summary>No number makes it throw; smeared, it never goes back.</summary>
    [Theory]
    [InlineData(LeapSmear.NoonLinear)]
    [InlineData(LeapSmear.UtcSls)]
    public void Smeared_it_never_goes_back(LeapSmear smear)
    {
        UtcScale scale = new(s_table, smear);
        Gen.Select(Gen.Long, Gen.Long).Sample((one, other) =>
        {
            Assert.True(scale.FromTai(Math.Min(one, other)) <= scale.FromTai(Math.Max(one, other)));
            _ = scale.ToTai(one);
        });
    }

    internal static LeapSeconds Read(string text)
    {
        Assert.True(LeapSeconds.TryRead(text, out LeapSeconds table, out string problem), problem);
        return table;
    }
}
