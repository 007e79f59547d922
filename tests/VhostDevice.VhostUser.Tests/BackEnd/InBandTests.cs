// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Linux;
using VhostDevice.TestKit;
using VhostDevice.TestKit.Devices;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.VhostUser.Wire;
using VhostDevice.Virtio;
using Xunit;

namespace VhostDevice.VhostUser.Tests.BackEnd;

/// <summary>
/// Interrupts as messages: REPLY_ACK "needs to be used with the in-band notification messages to block until they are
/// processed" (vhost-user, "In-band notifications"), which here holds up nothing but the ring's next interrupt.
/// </summary>
[Collection(BackEndCollection.Name)]
public sealed class InBandTests : LeakChecked
{
    // Without EVENT_IDX, so that each answer is worth an interrupt.
    private static readonly FrontEndDeviceOptions s_options = TestOptions.Queues(2) with
    {
        Features = VirtioFeatures.Version1 | VirtioFeatures.ProtocolFeatures,
        Notifications = QueueNotifications.InBand,
    };

    [Fact]
    public void A_call_waits_until_the_last_one_was_answered_and_none_is_lost()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice(2));
        using FrontEndDevice front = Attach(backEnd, out BackEndChannel channel);
        for (int i = 0; i < 3; i++)
            Request(front, 0);
        using ReceivedMessage first = Take(channel, BackEndRequest.VringCall, 0);
        Assert.False(channel.TryReceive(TimeSpan.Zero, out _));

        // Another ring's is its own.
        Request(front, 1);
        using ReceivedMessage other = Take(channel, BackEndRequest.VringCall, 1);

        channel.Answer(first, 0);
        using ReceivedMessage second = Take(channel, BackEndRequest.VringCall, 0);
        channel.Answer(other, 0);
        channel.Answer(second, 0);
        Payloads.AssertServed(front.Connection);
        Assert.False(channel.TryReceive(TimeSpan.Zero, out _));

        // And then it begins anew; a no is an answer, too.
        for (int i = 0; i < 3; i++)
        {
            Request(front, 0);
            using ReceivedMessage next = Take(channel, BackEndRequest.VringCall, 0);
            channel.Answer(next, 1);
        }

        Assert.Empty(backEnd.Log.From(LogLevel.Warning));
    }

    [Fact]
    public void A_stop_waits_for_no_answer()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice(2));
        using FrontEndDevice front = Attach(backEnd, out BackEndChannel channel);
        Request(front, 0);
        Request(front, 0);
        using ReceivedMessage call = Take(channel, BackEndRequest.VringCall, 0);
        front.Stop();
        front.Start();
        channel.Answer(call, 0);
        using ReceivedMessage next = Take(channel, BackEndRequest.VringCall, 0);
        channel.Answer(next, 0);
        Request(front, 0);
        using ReceivedMessage last = Take(channel, BackEndRequest.VringCall, 0);
    }

    /// <summary>Its interrupts go on, though nobody can say any more which of them were processed.</summary>
    [Fact]
    public void A_front_end_that_confuses_its_answers_is_called_without_asking()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice(2));
        using FrontEndDevice front = Attach(backEnd, out BackEndChannel channel);
        Request(front, 0);
        using ReceivedMessage call = Take(channel, BackEndRequest.VringCall, 0);
        using ReceivedMessage wrong = new(call.Header with { Request = (uint)BackEndRequest.ConfigChangeMsg }, [], []);
        channel.Answer(wrong, 0);
        for (int i = 0; i < 3; i++)
        {
            using ReceivedMessage next = Take(channel, BackEndRequest.VringCall, 0, asks: false);
            Request(front, 0);
        }

        _ = Assert.Single(backEnd.Log.From(LogLevel.Warning));
    }

    [Fact]
    public void Over_a_pipe_no_answer_is_asked_for()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice(2));
        using FrontEndDevice front = backEnd.Negotiate(s_options);
        (OwnedFd read, OwnedFd write) = Expect.NewPipe();
        using (read)
        {
            using (write)
                front.Connection.SetBackendReqFd(write).ThrowIfNegative();
            front.Start();
            Request(front, 1);
            Request(front, 1);
            byte[] call = [4, 0, 0, 0, 1, 0, 0, 0, 8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0];
            Assert.Equal([.. call, .. call], Expect.ReadSome(read));
        }
    }

    private static FrontEndDevice Attach(TestBackEnd<EchoDevice> backEnd, out BackEndChannel channel)
    {
        FrontEndDevice front = backEnd.Attach(s_options);
        channel = front.Connection.BackEndChannel!;
        channel.AutomaticAnswer = null;
        return front;
    }

    // Polls for the answer, so that the interrupt stays where it is.
    private static void Request(FrontEndDevice front, int ring)
    {
        DriverQueue queue = front.Queues[ring];
        queue.Add(DriverBuffer.Writable(front.Memory.Regions[0].GuestAddress + 0x8000, 4));
        queue.Submit();
        Assert.True(queue.SpinForUsed(LoopThread.Patience));
        Assert.True(queue.TryPop(out _));
        Payloads.AssertServed(front.Connection); // the turn is over, its interrupt sent
    }

    private static ReceivedMessage Take(BackEndChannel channel, BackEndRequest request, uint ring, bool asks = true)
    {
        Assert.True(channel.TryReceive(LoopThread.Patience, out ReceivedMessage? message));
        Assert.Equal(((uint)request, asks), (message!.Header.Request, message.NeedsReply));
        Assert.Equal(Payloads.State(ring, 0), message.Payload);
        return message;
    }
}
