// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Rtc;
using Xunit;

namespace VhostDevice.Devices.Tests.Rtc;

public sealed class HostTaiTests
{
    private const long Second = 1_000_000_000;
    private const long Inserted = 1_483_228_800; // 2017-01-01T00:00:00Z

    private readonly HostTai _tai = new(UtcScaleTests.Read("3644697600 36\n3692217600 37\n"));

    [Fact]
    public void A_kernel_that_was_never_told_misses_all_of_it_and_one_that_was_nothing()
    {
        Assert.Equal(37, _tai.Missing(1_800_000_000 * Second, (1_800_000_000 * Second) + 40));
        // Somebody tells it.
        Assert.Equal(0, _tai.Missing(1_800_000_001 * Second, (1_800_000_001 + 37) * Second));
        // And wrongly.
        Assert.Equal(2, _tai.Missing(1_800_000_002 * Second, (1_800_000_002 + 35) * Second));
    }

    /// <summary>The kernel repeats a second, or leaves it out, and its TAI goes on.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(36)]
    public void At_a_leap_second_it_just_goes_on(int told)
    {
        long utc = (Inserted - 1) * Second, tai = utc + (told * Second);
        int missing = _tai.Missing(utc, tai);
        Assert.Equal(36 - told, missing);
        // 23:59:59 for the second time, and midnight.
        Assert.Equal(missing, _tai.Missing(utc, tai + Second));
        Assert.Equal(missing, _tai.Missing(utc + Second, tai + (2 * Second)));
        Assert.Equal(utc + (90 * Second), _tai.RealtimeAt(utc + ((90 + 37) * Second)));
    }

    [Fact]
    public void It_is_the_host_s()
    {
        long before = (DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch).Ticks * 100;
        Assert.True(_tai.Read(out long tai).IsSuccess);
        Assert.InRange(tai - (37 * Second), before, before + (20 * Second));
        Assert.InRange(_tai.RealtimeAt(tai), before, before + (20 * Second));
    }
}
