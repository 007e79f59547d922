// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Linux;
using VhostDevice.TestKit;
using VhostDevice.TestKit.Devices;
using VhostDevice.VhostUser.BackEnd;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.VhostUser.Wire;
using Xunit;

namespace VhostDevice.VhostUser.Tests.BackEnd;

/// <summary>Requests of the back-end that are answered: every one of them ends, whatever the front-end does.</summary>
[Collection(BackEndCollection.Name)]
public sealed class ChannelRequestTests : LeakChecked
{
    private const ulong Page = SharingDevice.Page;

    [Fact]
    public void Answers_belong_to_the_requests_in_their_order()
    {
        using SharingGuest guest = new(automatic: false);
        guest.BackEnd.With(static d =>
        {
            for (ulong i = 0; i < 3; i++)
                d.Map(i * Page).Ok();
        });
        for (ulong i = 0; i < 3; i++)
        {
            using ReceivedMessage map = guest.Take(BackEndRequest.ShmemMap);
            guest.Channel.Answer(map, i == 1 ? 7UL : 0);
        }

        Assert.Equal([("map 0", Errno.Success), ("map 1000", Errno.EIO), ("map 2000", Errno.Success)], guest.Ends(3));
    }

    /// <summary>QEMU waits for GET_VRING_BASE without a look at the channel, and its guest waits with it.</summary>
    [Fact]
    public void A_stop_ends_requests_that_wait_for_an_answer()
    {
        using SharingGuest guest = new(automatic: false);
        guest.BackEnd.With(static d => d.AsksAgain = true);
        DriverQueue queue = guest.Front.Queues[0];
        ulong answer = Post(guest, 2 * Page);
        using ReceivedMessage map = guest.Take(BackEndRequest.ShmemMap);
        Assert.Equal(1u, guest.Front.Connection.GetVringBase(0));
        Assert.Equal(1u, queue.Take().Length);
        Assert.Equal(Errno.ECANCELED.Code, guest.Front.Memory.Span(answer, 1)[0]);
        Assert.Equal([("map 2000", Errno.ECANCELED)], guest.Ends(1));
        // Nor is it asked anew while the front-end does not look.
        Assert.Equal([Errno.ECANCELED], guest.BackEnd.With(static d => d.AskedAgain));
    }

    [Theory]
    [InlineData(FrontEndRequest.ResetDevice)]
    [InlineData(FrontEndRequest.SetStatus)]
    [InlineData(FrontEndRequest.SetVringEnable)]
    public void So_do_resets_and_disabling(FrontEndRequest request)
    {
        using SharingGuest guest = new(automatic: false);
        _ = Post(guest, 0);
        using ReceivedMessage map = guest.Take(BackEndRequest.ShmemMap);
        FrontEndConnection c = guest.Front.Connection;
        Ack ack = request switch
        {
            FrontEndRequest.ResetDevice => c.ResetDevice(),
            FrontEndRequest.SetStatus => c.SetStatus(0),
            _ => c.SetVringEnable(0, false),
        };
        ack.ThrowIfNegative();
        Assert.Equal([("map 0", Errno.ECANCELED)], guest.Ends(1));
        Assert.Empty(guest.BackEnd.Log.From(LogLevel.Warning));
    }

    [Fact]
    public void What_a_stop_cancelled_and_the_front_end_mapped_is_unmapped_again()
    {
        using SharingGuest guest = new(automatic: false);
        _ = Post(guest, 0);
        using (ReceivedMessage map = guest.Take(BackEndRequest.ShmemMap))
        {
            guest.Front.Stop();
            guest.Front.Start();
            // Nobody knows yet what is there.
            Assert.Equal(Errno.EEXIST, guest.BackEnd.With(static d => d.Map(0)));
            guest.Channel.Answer(map, 0);
        }

        using (ReceivedMessage unmap = guest.Take(BackEndRequest.ShmemUnmap))
        {
            Assert.Equal(Errno.EEXIST, guest.BackEnd.With(static d => d.Map(0)));
            guest.Channel.Answer(unmap, 0);
        }

        guest.BackEnd.Until(static d => d.Map(0) == Errno.Success, "the place is free");
        using ReceivedMessage again = guest.Take(BackEndRequest.ShmemMap);
        guest.Channel.Answer(again, 0);
        Assert.Equal([("map 0", Errno.ECANCELED), ("map 0", Errno.Success)], guest.Ends(2));
    }

    [Fact]
    public void What_a_stop_cancelled_and_the_front_end_refused_is_free()
    {
        using SharingGuest guest = new(automatic: false);
        _ = Post(guest, 0);
        using ReceivedMessage map = guest.Take(BackEndRequest.ShmemMap);
        guest.Front.Stop();
        guest.Front.Start();
        guest.Channel.Answer(map, 1);
        guest.BackEnd.Until(static d => d.Map(0) == Errno.Success, "the place is free");
        Assert.Equal(("map 0", Errno.ECANCELED), guest.Ends(1)[0]);
    }

    [Fact]
    public void Requests_without_an_answer_are_bounded()
    {
        using SharingGuest guest = new(automatic: false);
        guest.BackEnd.With(static d =>
        {
            for (ulong i = 0; i < RequestQueue.MaxRequests; i++)
                d.Front.AddSharedObject(new Guid((int)i, 0, 0, new byte[8]), d.Note("add")).Ok();
            Assert.Equal(Errno.EAGAIN, d.Front.AddSharedObject(Guid.Empty, d.Note("add")));
            Assert.Equal(Errno.EAGAIN, d.Map(0));
        });
        for (int i = 0; i < RequestQueue.MaxRequests; i++)
        {
            using ReceivedMessage add = guest.Take(BackEndRequest.SharedObjectAdd);
            guest.Channel.Answer(add, 0);
        }

        Assert.All(guest.Ends(RequestQueue.MaxRequests), static e => Assert.True(e.Errno.IsSuccess));
        guest.BackEnd.With(static d => d.Map(0).Ok());
    }

    [Fact]
    public void The_end_of_the_connection_ends_them_before_the_device()
    {
        using SharingGuest guest = new(automatic: false);
        // A channel that outlives the connection, so that it is not the channel's end that is seen.
        (OwnedFd ours, OwnedFd theirs) = Expect.NewPair();
        using OwnedFd channel = ours;
        using (theirs)
            guest.Front.Connection.SetBackendReqFd(theirs).ThrowIfNegative();
        guest.BackEnd.With(static d => d.Map(0).Ok());
        guest.Front.Connection.Dispose();
        guest.BackEnd.WaitForConnections(0);
        // The device would throw had it been disposed first.
        Assert.Equal([("map 0", Errno.ECANCELED)], guest.BackEnd.With(static d => d.Ends));
        Assert.True(guest.BackEnd.With(static d => d.IsDisposed));
        Assert.Empty(guest.BackEnd.Log.From(LogLevel.Warning));
    }

    [Fact]
    public void The_end_of_the_channel_ends_them()
    {
        using SharingGuest guest = new(automatic: false);
        guest.BackEnd.With(static d => d.Map(0).Ok());
        guest.Channel.Dispose();
        guest.BackEnd.Until(static d => d.Ends.Count == 1, "the end is told");
        Assert.Equal([("map 0", Errno.ENOTCONN)], guest.BackEnd.With(static d => d.Ends));
        Assert.Equal(Errno.ENOTCONN, guest.BackEnd.With(static d => d.Map(0)));
        guest.BackEnd.Thread.AssertIdle();
        Payloads.AssertServed(guest.Front.Connection);
    }

    [Fact]
    public void Another_channel_ends_those_of_the_former_one()
    {
        using SharingGuest guest = new(automatic: false);
        // The former one stays open, so that it is not its end that is seen.
        (OwnedFd ours, OwnedFd theirs) = Expect.NewPair();
        using OwnedFd channel = ours;
        using (theirs)
            guest.Front.Connection.SetBackendReqFd(theirs).ThrowIfNegative();
        guest.BackEnd.With(static d => d.Map(0).Ok());
        VhostUser.FrontEnd.BackEndChannel next = guest.Front.Connection.OpenBackEndChannel();
        next.AutomaticAnswer = null;
        Assert.Equal([("map 0", Errno.ECANCELED)], guest.Ends(1));
        guest.BackEnd.With(static d => d.Map(0).Ok());
        using ReceivedMessage map = guest.Take(BackEndRequest.ShmemMap);
        guest.Channel.Answer(map, 0);
        Assert.Equal([("map 0", Errno.Success)], guest.Ends(1));
    }

    [Theory]
    [InlineData("0a000000 05000000 08000000 0000000000000000")] // to another request
    [InlineData("63000000 05000000 08000000 0000000000000000")]
    [InlineData("09000000 01000000 08000000 0000000000000000")] // no answer
    [InlineData("09000000 06000000 08000000 0000000000000000")] // another version
    [InlineData("09000000 05000000 04000000 0000000000000000")] // another length
    [InlineData("09000000 05000000 ffffffff 0000000000000000")]
    public void An_answer_that_makes_no_sense_ends_them_and_not_the_device(string hex)
    {
        using SharingGuest guest = new(automatic: false);
        (OwnedFd ours, OwnedFd theirs) = Expect.NewPair();
        using (ours)
        {
            using (theirs)
                guest.Front.Connection.SetBackendReqFd(theirs).ThrowIfNegative();
            guest.BackEnd.With(static d => d.Map(0).Ok());
            Expect.Write(ours, Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)));
            guest.BackEnd.Until(static d => d.Ends.Count == 1, "the end is told");
            Assert.Equal([("map 0", Errno.ENOTCONN)], guest.BackEnd.With(static d => d.Ends));
            Assert.Single(guest.BackEnd.Log.From(LogLevel.Warning));
            Payloads.AssertServed(guest.Front.Connection);
        }
    }

    [Fact]
    public void An_answer_may_come_byte_by_byte_and_with_a_descriptor_that_nobody_asked_for()
    {
        using SharingGuest guest = new(automatic: false);
        (OwnedFd ours, OwnedFd theirs) = Expect.NewPair();
        using (ours)
        {
            using (theirs)
                guest.Front.Connection.SetBackendReqFd(theirs).ThrowIfNegative();
            guest.BackEnd.With(static d => d.Map(0).Ok());
            byte[] answer = Convert.FromHexString("09000000050000000800000000000000" + "00000000");
            for (int i = 0; i < answer.Length; i++)
            {
                Assert.Equal(1, FdMessage.Send(ours.Fd, answer.AsSpan(i, 1), i == 0 ? [ours.Fd] : [], out _));
                guest.BackEnd.Settle();
            }

            guest.BackEnd.Until(static d => d.Ends.Count == 1, "the end is told");
            Assert.Equal([("map 0", Errno.Success)], guest.BackEnd.With(static d => d.Ends));
        }
    }

    [Fact]
    public void A_pipe_has_no_answers()
    {
        using SharingGuest guest = new();
        (OwnedFd read, OwnedFd write) = Expect.NewPipe();
        using (read)
        {
            using (write)
                guest.Front.Connection.SetBackendReqFd(write).ThrowIfNegative();
            Assert.Equal(Errno.EOPNOTSUPP, guest.BackEnd.With(static d => d.Map(0)));
        }
    }

    [Theory]
    [InlineData(ProtocolFeatures.ShmemMap)]
    [InlineData(ProtocolFeatures.BackendReq)]
    [InlineData(ProtocolFeatures.BackendSendFd)]
    [InlineData(ProtocolFeatures.ReplyAck)]
    public void A_front_end_that_leaves_out_a_feature_is_not_asked(ProtocolFeatures without)
    {
        using SharingGuest guest = new(options: SharingGuest.Options with { ProtocolFeatures = SharingGuest.Options.ProtocolFeatures & ~without });
        Assert.Equal(Errno.EOPNOTSUPP, guest.BackEnd.With(static d => d.Map(0)));
    }

    // A request of the driver that has a page mapped, and where its answer will be.
    private static ulong Post(SharingGuest guest, ulong offset)
    {
        ulong question = guest.Front.Memory.Allocate(8);
        ulong answer = guest.Front.Memory.Allocate(1);
        guest.Front.Memory.Write(question, BitConverter.GetBytes(offset));
        guest.Front.Queues[0].Add(DriverBuffer.Readable(question, 8), DriverBuffer.Writable(answer, 1));
        guest.Front.Queues[0].Submit();
        return answer;
    }
}
