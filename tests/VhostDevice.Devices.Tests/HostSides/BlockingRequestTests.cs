// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.TestKit;
using Xunit;
using static VhostDevice.Devices.Tests.HostSides.HostSideFixture;

namespace VhostDevice.Devices.Tests.HostSides;

/// <summary>Requests whose call may wait: where they are made, in which order, and what a mistake costs.</summary>
[Collection(DeviceCollection.Name)]
public sealed class BlockingRequestTests : LeakChecked
{
    private static readonly TimeSpan s_slow = TimeSpan.FromMilliseconds(2);

    [Fact]
    public void A_host_side_that_never_waits_is_called_straight()
    {
        using TestHostSide host = new(mayWait: false);
        using HostSideFixture f = new(host);
        Posted[] posted = [.. Enumerable.Range(0, 200).Select(i => f.Add((uint)i))];
        f.Guest.Queues[0].Submit();
        for (int i = 0; i < posted.Length; i++)
            Assert.Equal(2ul * (ulong)i, posted[i].Doubled());
        Assert.Equal(f.LoopId, host.LastThread);
        Assert.Equal(1, f.BackEnd.With(static d => d.Requests));
    }

    [Fact]
    public void A_quick_host_side_is_called_on_the_loop_until_it_is_slow_once()
    {
        using TestHostSide host = new();
        using HostSideFixture f = new(host);
        f.BecomeQuick();

        host.Takes = s_slow;
        Assert.Equal(6ul, f.Send(3).Doubled());
        for (int i = 0; i < 20; i++)
        {
            Assert.Equal(6ul, f.Send(3).Doubled());
            Assert.NotEqual(f.LoopId, host.LastThread);
        }

        host.Takes = TimeSpan.Zero;
        f.BecomeQuick();
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Many_are_made_in_order_and_answered_in_order(bool packed, bool quick)
    {
        using TestHostSide host = new();
        using HostSideFixture f = new(host, options: packed ? Wide.Packed() : Wide);
        if (quick)
            f.BecomeQuick();
        int before = host.Made.Count;
        List<Posted> posted = [];
        for (int i = 0; i < 100; i++)
            posted.Add(i % 7 == 3 ? f.Add([1]) : f.Add((uint)i));
        f.Guest.Queues[0].Submit();
        for (int i = 0; i < posted.Count; i++)
        {
            if (i % 7 == 3)
                posted[i].Failed();
            else
                Assert.Equal(2ul * (ulong)i, posted[i].Doubled());
        }

        Assert.Equal(Enumerable.Range(0, 100).Where(static i => i % 7 != 3).Select(static i => (uint)i), host.Made.Skip(before));
        Assert.InRange(f.BackEnd.With(static d => d.Requests), 1, 34);
    }

    [Fact]
    public void What_was_quick_is_answered_before_what_is_slow()
    {
        using TestHostSide host = new();
        using HostSideFixture f = new(host);
        // On the loop until the slow one, which takes the rest with it to the worker, where the next one waits.
        int before = int.MaxValue;
        host.OnCall = () =>
        {
            int call = host.Count - before;
            host.Takes = call == 3 ? s_slow : TimeSpan.Zero;
            host.IsGated = call == 4;
        };
        f.BecomeQuick();
        before = host.Count;
        Posted[] posted = [.. Enumerable.Range(1, 5).Select(i => f.Add((uint)i))];
        f.Guest.Queues[0].Submit();
        Assert.Equal([2ul, 4ul, 6ul], posted[..3].Select(static p => p.Doubled()));
        f.UntilAsked(before + 4);
        Assert.False(f.Guest.Queues[0].HasUsed);
        host.LetOneGo();
        Assert.Equal([8ul, 10ul], posted[3..].Select(static p => p.Doubled()));
    }

    [Fact]
    public void A_ring_full_of_calls_leaves_room_for_others_on_the_loop()
    {
        using TestHostSide host = new();
        using HostSideFixture f = new(host);
        int before = 0;
        int between = 0;
        Action look = () => between = host.Count - before;
        host.OnCall = () =>
        {
            if (host.Count == before + 1)
                f.BackEnd.Thread.Loop.Post(look);
        };
        host.Takes = TimeSpan.FromMicroseconds(20);
        f.BecomeQuick();
        before = host.Count;
        Posted[] posted = [.. Enumerable.Range(0, 200).Select(i => f.Add((uint)i))];
        f.Guest.Queues[0].Submit();
        Assert.All(posted, static p => p.Doubled());
        Assert.InRange(f.BackEnd.Thread.Invoke(() => between), 1, 120);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void A_mistake_costs_the_request_in_which_it_is_made(bool mayWait, bool quick)
    {
        using TestHostSide host = new(mayWait);
        using HostSideFixture f = new(host);
        if (quick)
            f.BecomeQuick();
        host.ThrowsAt = static n => n == 13;
        Posted[] posted =
        [
            f.Add(1), f.Add(13), f.Add(2), f.Add(DoublingDevice.UnreadableNumber), f.Add(3),
            f.Add(DoublingDevice.UnwritableNumber), f.Add(4),
        ];
        f.Guest.Queues[0].Submit();
        Assert.Equal(2ul, posted[0].Doubled());
        posted[1].Failed();
        Assert.Equal(4ul, posted[2].Doubled());
        posted[3].Failed();
        Assert.Equal(6ul, posted[4].Doubled());
        Assert.Equal(0u, posted[5].Taken());
        Assert.Equal(8ul, posted[6].Doubled());
        string log = f.BackEnd.Log.ToString();
        Assert.All(["no place for 13", "a mistake in reading", "a mistake in writing"], text => Assert.Contains(text, log, StringComparison.Ordinal));
        Assert.Equal(3ul, f.BackEnd.Thread.Invoke(() => f.BackEnd.Counters.Queues[0].Errors));
    }

    private static VhostUser.FrontEnd.FrontEndDeviceOptions Wide => TestOptions.Small with { QueueSizes = [512] };
}
