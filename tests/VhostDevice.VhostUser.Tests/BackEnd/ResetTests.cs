// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.TestKit;
using VhostDevice.TestKit.Devices;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.VhostUser.Wire;
using Xunit;

namespace VhostDevice.VhostUser.Tests.BackEnd;

/// <summary>RESET_DEVICE, a device status of 0, and RESET_OWNER.</summary>
[Collection(BackEndCollection.Name)]
public sealed class ResetTests : LeakChecked
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_reset_stops_all_rings_and_then_resets_the_device(bool byStatus)
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice(2));
        using FrontEndDevice front = backEnd.Attach(TestOptions.Queues(2));
        Assert.Equal([1], front.Request(0, [1], 1));
        Reset(front, byStatus);
        Assert.Equal(["stopping 0", "stopping 1", "reset"], backEnd.With(d => d.Journal.Lines).TakeLast(3));

        // "Disable all rings", and nothing of the former set-up is left to start with.
        front.Post(0, 4);
        front.StartQueue(front.Queues[0]);
        backEnd.Settle();
        Assert.False(front.Queues[0].HasUsed);
        front.EnableQueues(true);
        _ = front.Queues[0].Take();
        Assert.Equal(0UL, front.Connection.GetStatus());
    }

    /// <summary>After the answer the driver gives the memory to others, so nothing of before may be written any more.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_reset_waits_for_requests_in_flight(bool byStatus)
    {
        using TestBackEnd<HoldingDevice> backEnd = new(() => new HoldingDevice(2));
        using FrontEndDevice front = backEnd.Attach(TestOptions.Queues(2));
        (_, ulong first) = front.Post(0, 4);
        (_, ulong second) = front.Post(1, 4);
        backEnd.Until(d => d.Held.Count == 2, "requests taken");
        front.Connection.AckPolicy = AckPolicy.Never;
        front.Connection.Send(byStatus ? FrontEndRequest.SetStatus : FrontEndRequest.ResetDevice, byStatus ? Payloads.Number(0) : []);
        front.Connection.Send(FrontEndRequest.GetQueueNum);
        backEnd.Until(d => d.Journal.Count("stopping 1") == 1, "stopping");
        backEnd.With(d => d.Complete(0));
        backEnd.Settle();
        Assert.Equal(0, backEnd.With(d => d.Journal.Count("reset")));
        backEnd.With(d => d.Complete(0));
        Payloads.AssertAnswer(front.Connection, FrontEndRequest.GetQueueNum, Payloads.Number(2));
        Assert.Equal(1, backEnd.With(d => d.Journal.Count("reset")));
        Assert.Equal(0x5a, front.Memory.Span(first, 4)[3]);
        Assert.Equal(0x5a, front.Memory.Span(second, 4)[3]);
        Assert.Empty(backEnd.Log.From(LogLevel.Warning));
    }

    /// <summary>Nobody needs the answers after RESET_DEVICE, so requests are cancelled at once; the guest that status 0 pauses does.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_reset_has_the_device_cancel_its_requests(bool byStatus)
    {
        TimeSpan patience = byStatus ? TimeSpan.FromMilliseconds(50) : TimeSpan.FromHours(1);
        using TestBackEnd<HoldingDevice> backEnd = new(() => new HoldingDevice { Cancels = true }, patience);
        using FrontEndDevice front = backEnd.Attach();
        front.Post(0, 4);
        front.Post(0, 4);
        backEnd.Until(d => d.Held.Count == 2, "requests taken");
        Reset(front, byStatus);
        Assert.Equal(["stopping 0", "cancel 0", "reset"], backEnd.With(d => d.Journal.Lines).TakeLast(3));
        Assert.Empty(backEnd.Log.From(LogLevel.Warning));
    }

    [Fact]
    public void A_reset_that_waits_long_is_told_and_waits_on()
    {
        using TestBackEnd<HoldingDevice> backEnd = new(() => new HoldingDevice(), TimeSpan.FromMilliseconds(50));
        using FrontEndDevice front = backEnd.Attach();
        front.Post(0, 4);
        backEnd.Until(d => d.Held.Count == 1, "request taken");
        front.Connection.AckPolicy = AckPolicy.Never;
        front.Connection.Send(FrontEndRequest.ResetDevice, []);
        front.Connection.Send(FrontEndRequest.GetQueueNum);
        backEnd.Until(d => d.Journal.Count("cancel 0") == 2, "the patience is over");
        Assert.Contains("ResetDevice waits for 1 requests", Assert.Single(backEnd.Log.From(LogLevel.Warning)), StringComparison.Ordinal);
        Assert.Equal(0, backEnd.With(d => d.Journal.Count("reset")));
        backEnd.With(d => d.Complete(0));
        Payloads.AssertAnswer(front.Connection, FrontEndRequest.GetQueueNum, Payloads.Number(1));
        Assert.Equal(1, backEnd.With(d => d.Journal.Count("reset")));
    }

    /// <summary>A device that can leave its requests as they are is not waited for: nobody wants the answers.</summary>
    [Fact]
    public void A_device_that_lets_go_of_its_requests_is_reset_at_once()
    {
        using TestBackEnd<HoldingDevice> backEnd = new(() => new HoldingDevice { LetsGo = true });
        using FrontEndDevice front = backEnd.Attach();
        front.Post(0, 4);
        backEnd.Until(d => d.Held.Count == 1, "request taken");
        front.Connection.ResetDevice().ThrowIfNegative();
        Assert.False(front.Queues[0].HasUsed);
        Assert.Equal(0, backEnd.With(d => d.Held.Count));
        Assert.Empty(backEnd.Log.From(LogLevel.Warning));
    }

    [Theory]
    [InlineData(FrontEndRequest.SetVringEnable)]
    [InlineData(FrontEndRequest.ResetOwner)]
    public void Disabling_waits_for_requests_in_flight(FrontEndRequest request)
    {
        using TestBackEnd<HoldingDevice> backEnd = new(() => new HoldingDevice());
        using FrontEndDevice front = backEnd.Attach();
        front.Post(0, 4);
        backEnd.Until(d => d.Held.Count == 1, "request taken");
        front.Connection.Send(request, request == FrontEndRequest.SetVringEnable ? Payloads.State(0, 0) : []);
        front.Connection.Send(FrontEndRequest.GetQueueNum);
        backEnd.Until(d => d.Journal.Count("stopping 0") == 1, "stopping");
        backEnd.With(d => d.Complete(0));
        Payloads.AssertAnswer(front.Connection, FrontEndRequest.GetQueueNum, Payloads.Number(1));
        Assert.Equal(4u, front.Queues[0].Take().Length);

        // The ring is as it was, and goes on.
        front.Post(0, 4);
        front.EnableQueues(true);
        backEnd.Until(d => d.Held.Count == 1, "request taken");
    }

    [Fact]
    public void A_whole_front_end_resets_and_starts_again()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndDevice front = backEnd.Attach();
        for (byte i = 0; i < 5; i++)
        {
            Assert.Equal([i], front.Request(0, [i], 1));
            front.Reset();
            front.Start();
        }

        Assert.Single(backEnd.Devices);
    }

    [Fact]
    public void Reset_owner_disables_all_rings_and_keeps_everything_else()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice(2));
        using FrontEndDevice front = backEnd.Attach(TestOptions.Queues(2));
        front.Connection.ResetOwner().ThrowIfNegative();
        front.Post(0, 4);
        backEnd.Settle();
        Assert.False(front.Queues[0].HasUsed);
        front.Connection.SetOwner().ThrowIfNegative();
        front.EnableQueues(true);
        _ = front.Queues[0].Take();
        Assert.Equal([1], front.Request(1, [1], 1));
        Assert.Equal(0, backEnd.With(d => d.Journal.Count("reset")));
    }

    [Fact]
    public void A_front_end_that_only_looks_resets_nothing()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndConnection c = backEnd.Connect();
        c.SetProtocolFeatures(ProtocolFeatures.ReplyAck);
        Assert.True(c.ResetDevice().IsPositive);
        Assert.True(c.SetStatus(0).IsPositive);
        Assert.True(c.ResetOwner().IsPositive);
        Assert.Empty(backEnd.With(d => d.Journal.Lines));
    }

    private static void Reset(FrontEndDevice front, bool byStatus)
    {
        if (byStatus)
            front.Connection.SetStatus(0).ThrowIfNegative();
        else
            front.Connection.ResetDevice().ThrowIfNegative();
    }
}
