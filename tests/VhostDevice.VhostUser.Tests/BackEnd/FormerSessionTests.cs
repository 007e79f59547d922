// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.TestKit;
using VhostDevice.TestKit.Devices;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.VhostUser.Wire;
using Xunit;

namespace VhostDevice.VhostUser.Tests.BackEnd;

/// <summary>
/// A front-end that leaves while the device works on its requests. They may still write into the guest's memory, so
/// nobody else gets the device before the last of them has ended.
/// </summary>
[Collection(BackEndCollection.Name)]
public sealed class FormerSessionTests : LeakChecked
{
    /// <summary>With a record the next connection serves the same requests again: in memory that the former one is done with.</summary>
    [Fact]
    public void A_former_connection_writes_nothing_after_the_next_has_answered()
    {
        using TestBackEnd<HoldingDevice> backEnd = new(() => new HoldingDevice());
        using FrontEndDevice front = backEnd.Attach(Tracked());
        (_, ulong address) = front.Post(0, 4);
        backEnd.Until(d => d.Held.Count == 1, "request taken");
        HoldingDevice former = backEnd.Device;
        Thread reattaching = new(() => front.Reattach(backEnd.Connect()));
        reattaching.Start();
        backEnd.Until(d => d != former, "next front-end connected");
        backEnd.Thread.Until(
            () =>
                backEnd.Log.From(LogLevel.Information)
                    .Any(static l => l.Contains("the next one waits for them", StringComparison.Ordinal)),
            "it waits");
        Assert.Equal(0, backEnd.With(d => d.Journal.Count("started 0")));
        Assert.Equal(1, backEnd.Thread.Invoke(() => former.Journal.Count("cancel 0")));

        Complete(backEnd, former);
        Assert.True(reattaching.Join(LoopThread.Patience));
        backEnd.Until(d => d.Held.Count == 1, "taken again by the second session");
        Assert.Equal(1, backEnd.Thread.Invoke(() => former.Journal.Count("disposed")));
        Assert.Empty(former.Held);
        // The late end of the first time was before, and told the driver nothing.
        Assert.Equal(0x5a, front.Memory.Span(address, 4)[0]);
        Assert.False(front.Queues[0].HasUsed);
        backEnd.With(d => d.Complete(0, 0x11));
        Assert.Equal(4u, front.Queues[0].Take().Length);
        Assert.Equal(0x11, front.Memory.Span(address, 4)[0]);
    }

    [Fact]
    public void A_device_that_can_cancel_is_free_at_once()
    {
        using TestBackEnd<HoldingDevice> backEnd = new(() => new HoldingDevice { Cancels = true }, TimeSpan.FromHours(1));
        using FrontEndDevice front = backEnd.Attach(Tracked());
        front.Post(0, 4);
        backEnd.Until(d => d.Held.Count == 1, "request taken");
        front.Reattach(backEnd.Connect());
        backEnd.Until(d => d.Held.Count == 1, "taken again");
        Assert.Equal(["stopping 0", "cancel 0", "disposed"], backEnd.Devices[0].Journal.Lines.TakeLast(3));
    }

    [Fact]
    public void A_device_that_lets_go_is_free_at_once_and_the_record_has_its_requests()
    {
        using TestBackEnd<HoldingDevice> backEnd = new(() => new HoldingDevice { LetsGo = true }, TimeSpan.FromHours(1));
        using FrontEndDevice front = backEnd.Attach(Tracked());
        front.Post(0, 4);
        backEnd.Until(d => d.Held.Count == 1, "request taken");
        HoldingDevice former = backEnd.Device;
        front.Reattach(backEnd.Connect());
        backEnd.Until(d => d != former && d.Held.Count == 1, "taken again");
        Assert.Equal(["stopping 0", "disposed"], former.Journal.Lines.TakeLast(2));
        backEnd.With(d => d.Complete(0));
        Assert.Equal(4u, front.Queues[0].Take().Length);
    }

    [Fact]
    public void A_long_wait_is_told_once()
    {
        using TestBackEnd<HoldingDevice> backEnd = new(() => new HoldingDevice(), TimeSpan.FromMilliseconds(50));
        HoldingDevice former = LeaveWithRequest(backEnd);
        backEnd.Thread.Until(() => backEnd.Log.From(LogLevel.Warning).Count > 0, "the patience is over");
        Assert.Contains("1 requests of a front-end that has left", Assert.Single(backEnd.Log.From(LogLevel.Warning)), StringComparison.Ordinal);
        // Asked once at the end, and once more.
        Assert.Equal(2, backEnd.Thread.Invoke(() => former.Journal.Count("cancel 0")));
        Complete(backEnd, former);
        backEnd.Thread.Until(() => former.Journal.Count("disposed") == 1, "device given up");
        using FrontEndDevice next = backEnd.Attach();
        next.Post(0, 4);
        backEnd.Until(d => d.Held.Count == 1, "the next one is served");
        backEnd.With(d => d.Complete(0));
        Assert.Equal(4u, next.Queues[0].Take().Length);
        _ = Assert.Single(backEnd.Log.From(LogLevel.Warning));
    }

    /// <summary>In the order in which they came; one that gave up meanwhile is not in the way.</summary>
    [Fact]
    public void Two_that_wait_get_the_device_one_after_the_other()
    {
        using TestBackEnd<HoldingDevice> backEnd = new(() => new HoldingDevice());
        HoldingDevice former = LeaveWithRequest(backEnd);
        FrontEndConnection[] waiting = [.. Enumerable.Range(0, 3).Select(_ => backEnd.Connect())];
        foreach (FrontEndConnection c in waiting)
        {
            c.Send(FrontEndRequest.SetVringNum, Payloads.State(0, 16));
            c.Send(FrontEndRequest.GetQueueNum);
            backEnd.Settle();
        }

        waiting[0].Dispose();
        backEnd.WaitForConnections(2);
        Complete(backEnd, former);
        Payloads.AssertAnswer(waiting[1], FrontEndRequest.GetQueueNum, Payloads.Number(1));
        backEnd.Settle();
        Assert.Equal(2UL, backEnd.Counters.Attached);
        waiting[1].Dispose();
        Payloads.AssertAnswer(waiting[2], FrontEndRequest.GetQueueNum, Payloads.Number(1));
        waiting[2].Dispose();
        backEnd.WaitForConnections(0);
    }

    /// <summary>Whoever only looks is answered all the while.</summary>
    [Fact]
    public void One_that_only_looks_does_not_wait()
    {
        using TestBackEnd<HoldingDevice> backEnd = new(() => new HoldingDevice());
        HoldingDevice former = LeaveWithRequest(backEnd);
        using (FrontEndConnection looks = backEnd.Connect())
            Assert.NotEqual(0UL, looks.GetFeatures());
        backEnd.WaitForConnections(0);
        Assert.Equal(0, backEnd.Thread.Invoke(() => former.Journal.Count("disposed")));
        Complete(backEnd, former);
        backEnd.Thread.Until(() => former.Journal.Count("disposed") == 1, "device given up");
    }

    [Fact]
    public void The_end_of_the_server_waits_for_nobody_and_a_late_end_does_no_harm()
    {
        HoldingDevice former;
        using LoopThread loop = new();
        using (TestBackEnd<HoldingDevice> backEnd = new(() => new HoldingDevice(), shared: loop))
            former = LeaveWithRequest(backEnd);
        Assert.Equal(1, loop.Invoke(() => former.Journal.Count("disposed")));
        loop.Invoke(() => former.Complete(0));
        loop.Invoke(static () => { });
    }

    private static HoldingDevice LeaveWithRequest(TestBackEnd<HoldingDevice> backEnd)
    {
        HoldingDevice former;
        using (FrontEndDevice front = backEnd.Attach())
        {
            front.Post(0, 4);
            backEnd.Until(d => d.Held.Count == 1, "request taken");
            former = backEnd.Device;
        }

        backEnd.WaitForConnections(0);
        return former;
    }

    private static void Complete(TestBackEnd<HoldingDevice> backEnd, HoldingDevice former) => backEnd.With(_ => former.Complete(0));

    private static FrontEndDeviceOptions Tracked() =>
        TestOptions.Small with { ProtocolFeatures = TestOptions.Small.ProtocolFeatures | ProtocolFeatures.InflightShmfd };
}
