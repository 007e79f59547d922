// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using VhostDevice.TestKit;
using VhostDevice.TestKit.Devices;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.VhostUser.Wire;
using Xunit;

namespace VhostDevice.VhostUser.Tests.BackEnd;

/// <summary>GET_VRING_BASE: stops one ring, and waits for what the device still works on.</summary>
[Collection(BackEndCollection.Name)]
public sealed class StopRingTests : LeakChecked
{
    [Fact]
    public void Stopping_one_ring_leaves_the_others_running()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice(queues: 2));
        using FrontEndDevice front = backEnd.Attach(TestOptions.Queues(2));
        Assert.Equal([1], front.Request(0, [1], 4));
        Assert.Equal([1], front.Request(1, [1], 4));
        Assert.Equal(1u, front.Connection.GetVringBase(0));
        Assert.Equal([2], front.Request(1, [2], 4));
        Assert.Equal(0, backEnd.With(d => d.Journal.Count("stopping 1")));
        Assert.Equal(1, backEnd.With(d => d.Journal.Count("stopping 0")));
        Assert.Equal(0, backEnd.With(d => d.Journal.Count("reset")));

        // Nothing is served while it is stopped, and everything once it goes on.
        front.Post(0, 4);
        Assert.Equal([3], front.Request(1, [3], 4));
        Assert.False(front.Queues[0].HasUsed);
        front.StartQueue(front.Queues[0]);
        _ = front.Queues[0].Take();
        Assert.Equal(2u, front.Connection.GetVringBase(0));
    }

    [Fact]
    public void The_answer_waits_for_requests_in_flight_and_nothing_new_is_taken()
    {
        using TestBackEnd<HoldingDevice> backEnd = new(() => new HoldingDevice(2));
        using FrontEndDevice front = backEnd.Attach(TestOptions.Queues(2));
        front.Post(0, 4);
        front.Post(0, 4);
        backEnd.Until(d => d.Held.Count == 2, "requests taken");
        front.Connection.Send(FrontEndRequest.GetVringBase, Payloads.State(0, 0));
        backEnd.Until(d => d.Journal.Count("stopping 0") == 1, "stopping");

        // A kick while the answer is outstanding.
        front.Post(0, 4);
        front.Queues[0].Kick();
        front.Post(1, 4);
        backEnd.Until(d => d.Held.Exists(h => h.Queue.Index == 1), "the other ring goes on");
        Assert.Equal(3, backEnd.With(d => d.Held.Count));

        backEnd.With(d => d.Complete(1));
        backEnd.With(d => d.Complete(0));
        Payloads.AssertAnswer(front.Connection, FrontEndRequest.GetVringBase, Payloads.State(0, 2));
        Assert.Equal(1, front.Queues[0].Take().Id);
        Assert.Equal(0, front.Queues[0].Take().Id);
        Assert.False(front.Queues[0].HasUsed);
        Assert.Equal(1, backEnd.With(d => d.Journal.Count("stopping 0")));
        Assert.Empty(backEnd.Log.From(LogLevel.Warning));
    }

    [Fact]
    public void A_device_that_gives_back_at_once_is_not_waited_for()
    {
        using TestBackEnd<HoldingDevice> backEnd = new(() => new HoldingDevice { CompletesOnStop = true });
        using FrontEndDevice front = backEnd.Attach();
        front.Post(0, 4);
        backEnd.Until(d => d.Held.Count == 1, "request taken");
        Assert.Equal(1u, front.Connection.GetVringBase(0));
        Assert.Equal(4u, front.Queues[0].Take().Length);
    }

    /// <summary>After the answer the memory is the driver's: no request may write there any more, however long it takes.</summary>
    [Fact]
    public void A_stop_that_was_answered_is_followed_by_no_write()
    {
        using TestBackEnd<HoldingDevice> backEnd = new(() => new HoldingDevice(), TimeSpan.FromMilliseconds(50));
        using FrontEndDevice front = backEnd.Attach();
        (_, ulong first) = front.Post(0, 4);
        (_, ulong second) = front.Post(0, 4);
        backEnd.Until(d => d.Held.Count == 2, "requests taken");
        front.Connection.Send(FrontEndRequest.GetVringBase, Payloads.State(0, 0));
        backEnd.Until(d => d.Journal.Count("cancel 0") == 1, "the patience is over");
        Assert.Contains("GetVringBase waits for 2 requests", Assert.Single(backEnd.Log.From(LogLevel.Warning)), StringComparison.Ordinal);

        backEnd.With(d => d.Complete(0));
        backEnd.Settle();
        backEnd.With(d => d.Complete(0));
        Payloads.AssertAnswer(front.Connection, FrontEndRequest.GetVringBase, Payloads.State(0, 2));
        Assert.Equal(0x5a, front.Memory.Span(first, 4)[3]);
        Assert.Equal(0x5a, front.Memory.Span(second, 4)[3]);
        Assert.Equal(4u, front.Queues[0].Take().Length);
        Assert.Equal(4u, front.Queues[0].Take().Length);
        _ = Assert.Single(backEnd.Log.From(LogLevel.Warning));
    }

    [Fact]
    public void A_device_that_can_cancel_ends_a_long_stop()
    {
        using TestBackEnd<HoldingDevice> backEnd = new(() => new HoldingDevice { Cancels = true }, TimeSpan.FromMilliseconds(50));
        using FrontEndDevice front = backEnd.Attach();
        front.Post(0, 4);
        backEnd.Until(d => d.Held.Count == 1, "request taken");
        long start = Stopwatch.GetTimestamp();
        Assert.Equal(1u, front.Connection.GetVringBase(0));
        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.FromMilliseconds(45), LoopThread.Patience);
        Assert.Equal(4u, front.Queues[0].Take().Length);
        Assert.Empty(backEnd.Log.From(LogLevel.Warning));
    }

    /// <summary>A ring that the driver broke never publishes again, but its last request comes back all the same.</summary>
    [Fact]
    public void A_stop_of_a_broken_ring_ends_with_its_last_request()
    {
        using TestBackEnd<HoldingDevice> backEnd = new(() => new HoldingDevice(), TimeSpan.FromHours(1));
        using FrontEndDevice front = backEnd.Attach();
        front.Post(0, 4);
        backEnd.Until(d => d.Held.Count == 1, "request taken");
        JumpTo(front, 1000);
        front.Queues[0].Kick();
        backEnd.Thread.Until(() => backEnd.Log.From(LogLevel.Warning).Count > 0, "broken");
        front.Connection.Send(FrontEndRequest.GetVringBase, Payloads.State(0, 0));
        backEnd.Settle();
        backEnd.With(d => d.Complete(0));
        Payloads.AssertAnswer(front.Connection, FrontEndRequest.GetVringBase, Payloads.State(0, 1));
    }

    /// <summary>Set up anew, a ring does not start while the device may still write for its former start.</summary>
    [Fact]
    public void A_ring_starts_when_nothing_of_its_former_start_is_in_flight()
    {
        using TestBackEnd<HoldingDevice> backEnd = new(() => new HoldingDevice());
        using FrontEndDevice front = backEnd.Attach();
        front.Post(0, 4);
        backEnd.Until(d => d.Held.Count == 1, "request taken");
        JumpTo(front, 1000);
        front.Queues[0].Kick();
        backEnd.Thread.Until(() => backEnd.Log.From(LogLevel.Warning).Count > 0, "broken");
        front.Queues[0].Reset();
        front.StartQueue(front.Queues[0]);
        front.EnableQueues(true);
        front.Post(0, 4);
        backEnd.Settle();
        Assert.Equal(1, backEnd.With(d => d.Journal.Count("started 0")));
        Assert.Equal(1, backEnd.With(d => d.Journal.Count("cancel 0")));

        backEnd.With(d => d.Complete(0));
        backEnd.Until(d => d.Held.Count == 1, "request of the new start");
        Assert.False(front.Queues[0].HasUsed);
        backEnd.With(d => d.Complete(0, 9));
        Assert.Equal(4u, front.Queues[0].Take().Length);
        Assert.False(front.Queues[0].HasUsed);
    }

    [Fact]
    public void Messages_behind_the_one_that_waits_are_served_in_order()
    {
        using TestBackEnd<HoldingDevice> backEnd = new(() => new HoldingDevice(2));
        using FrontEndDevice front = backEnd.Attach(TestOptions.Queues(2));
        front.Post(0, 4);
        front.Post(1, 4);
        backEnd.Until(d => d.Held.Count == 2, "requests taken");
        FrontEndConnection c = front.Connection;
        c.Send(FrontEndRequest.GetVringBase, Payloads.State(0, 0));
        c.Send(FrontEndRequest.GetVringBase, Payloads.State(1, 0));
        c.Send(FrontEndRequest.GetQueueNum);
        backEnd.Until(d => d.Journal.Count("stopping 0") == 1, "stopping");
        // The second one's request first: the answers stay in order all the same.
        backEnd.With(d => d.CompleteAll(1));
        backEnd.With(d => d.CompleteAll(0));
        Payloads.AssertAnswer(c, FrontEndRequest.GetVringBase, Payloads.State(0, 1));
        Payloads.AssertAnswer(c, FrontEndRequest.GetVringBase, Payloads.State(1, 1));
        Payloads.AssertAnswer(c, FrontEndRequest.GetQueueNum, Payloads.Number(2));
    }

    [Fact]
    public void A_disabled_ring_with_requests_in_flight_is_waited_for_too()
    {
        using TestBackEnd<HoldingDevice> backEnd = new(() => new HoldingDevice());
        using FrontEndDevice front = backEnd.Attach();
        front.Post(0, 4);
        backEnd.Until(d => d.Held.Count == 1, "request taken");
        front.Connection.Send(FrontEndRequest.SetVringEnable, Payloads.State(0, 0));
        front.Connection.Send(FrontEndRequest.GetVringBase, Payloads.State(0, 0));
        backEnd.Until(d => d.Journal.Count("stopping 0") == 1, "stopping");
        backEnd.With(d => d.Complete(0));
        Payloads.AssertAnswer(front.Connection, FrontEndRequest.GetVringBase, Payloads.State(0, 1));
        Assert.Equal(4u, front.Queues[0].Take().Length);
    }

    [Fact]
    public void Leaving_while_the_answer_is_outstanding_ends_the_session()
    {
        using TestBackEnd<HoldingDevice> backEnd = new(() => new HoldingDevice());
        using (FrontEndDevice front = backEnd.Attach())
        {
            front.Post(0, 4);
            backEnd.Until(d => d.Held.Count == 1, "request taken");
            front.Connection.Send(FrontEndRequest.GetVringBase, Payloads.State(0, 0));
            backEnd.Until(d => d.Journal.Count("stopping 0") == 1, "stopping");
        }

        backEnd.WaitForConnections(0);
        // The front-end is gone but the device's worker finishes.
        Assert.Equal(0, backEnd.With(d => d.Journal.Count("disposed")));
        backEnd.With(d => d.Complete(0));
        backEnd.Until(d => d.Journal.Count("disposed") == 1, "device given up");
        Assert.Empty(backEnd.Log.From(LogLevel.Warning));
    }

    [Fact]
    public void A_ring_restarts_with_the_base_that_it_is_given()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndDevice front = backEnd.Attach();
        for (int i = 0; i < 40; i++)
        {
            Assert.Equal([(byte)i], front.Request(0, [(byte)i], 4));
            if (i % 10 != 9)
                continue;
            Assert.Equal([(uint)(i % 20) + 1], front.Stop());
            if (i % 20 == 19)
                front.Queues[0].Reset();
            front.Start();
        }
    }

    private static unsafe void JumpTo(FrontEndDevice front, ushort index) =>
        Volatile.Write(ref *front.Split(0).AvailableIndex, index);
}
