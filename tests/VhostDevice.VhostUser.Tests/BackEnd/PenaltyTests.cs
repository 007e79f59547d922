// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.VhostUser.BackEnd;
using Xunit;

namespace VhostDevice.VhostUser.Tests.BackEnd;

public sealed class PenaltyTests
{
    [Fact]
    public void It_doubles_up_to_a_minute_or_so()
    {
        Penalty penalty = default;
        double[] seconds = [.. Enumerable.Range(0, 9).Select(_ => penalty.Next(TimeSpan.Zero).TotalSeconds)];
        Assert.Equal([1, 2, 4, 8, 16, 32, 64, 64, 64], seconds);
    }

    [Theory]
    [InlineData(63.9, 4)]
    [InlineData(64, 1)]
    [InlineData(1e6, 1)]
    public void A_front_end_that_was_good_for_long_begins_anew(double servedSeconds, double expectedSeconds)
    {
        Penalty penalty = default;
        _ = penalty.Next(TimeSpan.Zero);
        _ = penalty.Next(TimeSpan.Zero);
        Assert.Equal(expectedSeconds, penalty.Next(TimeSpan.FromSeconds(servedSeconds)).TotalSeconds);
    }
}
