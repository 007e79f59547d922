// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;
using VhostDevice.Devices.Rng;
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;
using Xunit;

namespace VhostDevice.Devices.Tests.Rng;

/// <summary>A guest that has used up its share waits by a timer; nothing else does.</summary>
[Collection(DeviceCollection.Name)]
public sealed class RateLimitedDeviceTests : LeakChecked
{
    private static readonly TimeSpan s_soon = TimeSpan.FromSeconds(10);

    [Fact]
    public void The_share_is_handed_out_and_then_the_guest_waits_for_the_next_period()
    {
        TimeSpan period = TimeSpan.FromMilliseconds(150);
        using KernelEntropySource source = RngFixture.Kernel();
        using TestBackEnd<RngDevice> backEnd = RngFixture.Serve(source, new RateLimit(100, period));
        using FrontEndDevice guest = backEnd.Attach(RngFixture.Options);
        // The first request after a period begins another one, so that this measures from a known point.
        _ = Thread.CurrentThread.Join(period);
        long start = Stopwatch.GetTimestamp();
        Assert.Equal(64, RngFixture.Ask(guest, 64).Length);
        Assert.Equal(36, RngFixture.Ask(guest, 64).Length);
        Assert.Equal(64, RngFixture.Ask(guest, 64).Length);
        Assert.InRange(Stopwatch.GetElapsedTime(start), period - TimeSpan.FromMilliseconds(2), s_soon);
    }

    [Fact]
    public void Each_period_hands_out_one_share()
    {
        TimeSpan period = TimeSpan.FromMilliseconds(40);
        using KernelEntropySource source = RngFixture.Kernel();
        using TestBackEnd<RngDevice> backEnd = RngFixture.Serve(source, new RateLimit(10, period));
        using FrontEndDevice guest = backEnd.Attach(RngFixture.Options);
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < 60;)
            i += RngFixture.Ask(guest, 64).Length;
        // The first share may have come at the very end of its period, so five more take four whole ones at least.
        Assert.InRange(Stopwatch.GetElapsedTime(start), 4 * period, s_soon);
    }

    [Fact]
    public void Control_messages_are_answered_at_once_and_the_request_stays_in_the_ring()
    {
        long now = 0;
        using KernelEntropySource source = RngFixture.Kernel();
        using TestBackEnd<RngDevice> backEnd = RngFixture.Serve(source, new RateLimit(16, TimeSpan.FromHours(1), () => now));
        using FrontEndDevice guest = backEnd.Attach(RngFixture.Options);
        Assert.Equal(16, RngFixture.Ask(guest, 64).Length);
        guest.Post(0, 64);
        guest.Post(0, 8);
        long start = Stopwatch.GetTimestamp();
        _ = guest.Connection.GetFeatures();
        Assert.False(guest.Queues[0].HasUsed);
        Assert.Equal(1u, guest.Connection.GetVringBase(0));
        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, TimeSpan.FromSeconds(4)); // not the 5 s of a stop that waits

        // Both requests are still there for the next start.
        now = 2 * 3600 * Stopwatch.Frequency;
        guest.StartQueue(guest.Queues[0]);
        Assert.Equal(16u, guest.Queues[0].Take().Length);
        Assert.False(guest.Queues[0].HasUsed);
        now *= 2;
        guest.Queues[0].Kick();
        Assert.Equal(8u, guest.Queues[0].Take().Length);
    }

    [Fact]
    public void Leaving_while_waiting_frees_the_device_at_once()
    {
        using KernelEntropySource source = RngFixture.Kernel();
        using TestBackEnd<RngDevice> backEnd = RngFixture.Serve(source, new RateLimit(16, TimeSpan.FromHours(1)));
        using (FrontEndDevice guest = backEnd.Attach(RngFixture.Options))
        {
            Assert.Equal(16, RngFixture.Ask(guest, 16).Length);
            guest.Post(0, 64);
        }

        backEnd.WaitForConnections(0);
        using FrontEndDevice next = backEnd.Attach(RngFixture.Options);
        Assert.Equal(0u, next.Connection.GetVringBase(0));
    }

    [Fact]
    public void Coming_again_does_not_bring_a_new_share()
    {
        using KernelEntropySource source = RngFixture.Kernel();
        using TestBackEnd<RngDevice> backEnd = RngFixture.Serve(source, new RateLimit(100, TimeSpan.FromHours(1)));
        int[] expected = [64, 36];
        foreach (int bytes in expected)
        {
            using FrontEndDevice guest = backEnd.Attach(RngFixture.Options);
            Assert.Equal(bytes, RngFixture.Ask(guest, 64).Length);
        }

        using FrontEndDevice last = backEnd.Attach(RngFixture.Options);
        last.Post(0, 64);
        Assert.Equal(0u, last.Connection.GetVringBase(0));
        Assert.False(last.Queues[0].HasUsed);
    }

    [Fact]
    public void Each_socket_has_its_own_share()
    {
        using KernelEntropySource source = RngFixture.Kernel();
        using TestBackEnd<RngDevice> first = RngFixture.Serve(source, new RateLimit(50, TimeSpan.FromHours(1)));
        using TestBackEnd<RngDevice> second = RngFixture.Serve(source, new RateLimit(50, TimeSpan.FromHours(1)));
        using FrontEndDevice greedy = first.Attach(RngFixture.Options);
        using FrontEndDevice modest = second.Attach(RngFixture.Options);
        Assert.Equal(50, RngFixture.Ask(greedy, 64).Length);
        greedy.Post(0, 64);
        Assert.Equal(20, RngFixture.Ask(modest, 20).Length);
        Assert.Equal(30, RngFixture.Ask(modest, 64).Length);
        Assert.False(greedy.Queues[0].HasUsed);
    }

    [Fact]
    public void A_batch_gets_no_more_than_the_share()
    {
        using KernelEntropySource source = RngFixture.Kernel();
        using TestBackEnd<RngDevice> backEnd = RngFixture.Serve(source, new RateLimit(1000, TimeSpan.FromHours(1)));
        using FrontEndDevice guest = backEnd.Attach(RngFixture.Options);
        for (int i = 0; i < 20; i++)
            guest.Queues[0].Add(DriverBuffer.Writable(guest.Memory.Allocate(64), 64));
        guest.Queues[0].Submit();
        uint sum = 0;
        for (int i = 0; i < 16; i++)
            sum += guest.Queues[0].Take().Length;
        Assert.Equal(1000u, sum);
        Assert.Equal(16u, guest.Connection.GetVringBase(0));
        Assert.False(guest.Queues[0].HasUsed);
    }

    [Fact]
    public void Waiting_costs_nothing()
    {
        using KernelEntropySource source = RngFixture.Kernel();
        using TestBackEnd<RngDevice> backEnd = RngFixture.Serve(source, new RateLimit(16, TimeSpan.FromHours(1)));
        using FrontEndDevice guest = backEnd.Attach(RngFixture.Options);
        Assert.Equal(16, RngFixture.Ask(guest, 16).Length);
        guest.Post(0, 64);
        backEnd.Thread.AssertIdle();
    }
}
