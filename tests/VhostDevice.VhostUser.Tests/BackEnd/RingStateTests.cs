// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.VhostUser.BackEnd;
using Xunit;

namespace VhostDevice.VhostUser.Tests.BackEnd;

/// <summary>All states, all events (vhost-user specification, "Ring states").</summary>
public sealed class RingStateTests
{
    // Rows: stopped/disabled, stopped/enabled, started/disabled, started/enabled, as "S" and "E" or dots.
    [Theory]
    [InlineData(RingEvent.Kicked, "S.", "SE", "S.", "SE")]
    [InlineData(RingEvent.BaseAsked, "..", ".E", "..", ".E")]
    [InlineData(RingEvent.EnabledByFrontEnd, ".E", ".E", "SE", "SE")]
    [InlineData(RingEvent.DisabledByFrontEnd, "..", "..", "S.", "S.")]
    [InlineData(RingEvent.NegotiatedWithoutEnable, ".E", ".E", "SE", "SE")]
    [InlineData(RingEvent.DeviceReset, "..", "..", "..", "..")]
    public void Every_event_leads_where_the_specification_says(
        RingEvent e, string fromNothing, string fromEnabled, string fromStarted, string fromBoth)
    {
        Assert.Equal(fromNothing, Text(new RingState(false, false).After(e)));
        Assert.Equal(fromEnabled, Text(new RingState(false, true).After(e)));
        Assert.Equal(fromStarted, Text(new RingState(true, false).After(e)));
        Assert.Equal(fromBoth, Text(new RingState(true, true).After(e)));
    }

    [Fact]
    public void The_table_above_has_every_event() => Assert.Equal(6, Enum.GetValues<RingEvent>().Length);

    [Fact]
    public void A_ring_is_served_only_when_started_and_enabled()
    {
        Assert.False(default(RingState).IsLive);
        Assert.False(new RingState(true, false).IsLive);
        Assert.False(new RingState(false, true).IsLive);
        Assert.True(new RingState(true, true).IsLive);
    }

    [Fact]
    public void A_new_ring_is_stopped_and_disabled() => Assert.Equal("..", Text(default));

    [Fact]
    public void An_event_that_there_is_not_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => default(RingState).After((RingEvent)99));

    private static string Text(RingState state) => (state.Started ? "S" : ".") + (state.Enabled ? "E" : ".");
}
