// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Linux;
using VhostDevice.TestKit;
using VhostDevice.TestKit.Devices;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.VhostUser.Wire;
using Xunit;

namespace VhostDevice.VhostUser.Tests.BackEnd;

/// <summary>
/// A front-end that hands over its own end of the connection and goes: whoever holds that end never hears of the hang-up
/// (unix(7)). Whatever the message, and wherever the descriptor lies, the next front-end gets the device.
/// </summary>
[Collection(BackEndCollection.Name)]
public sealed class OwnConnectionTests : LeakChecked
{
    private static readonly FrontEndDeviceOptions s_options =
        TestOptions.Small with { ProtocolFeatures = ProtocolFeatures.ReplyAck | ProtocolFeatures.BackendReq | ProtocolFeatures.DeviceState };

    [Theory]
    [InlineData(FrontEndRequest.SetVringKick)]
    [InlineData(FrontEndRequest.SetVringCall)]
    [InlineData(FrontEndRequest.SetVringErr)]
    [InlineData(FrontEndRequest.SetLogFd)]
    [InlineData(FrontEndRequest.SetBackendReqFd)]
    [InlineData(FrontEndRequest.SetDeviceStateFd)]
    public void The_next_front_end_is_served_after_one_that_handed_over_its_own(FrontEndRequest request)
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using (FrontEndDevice front = Attach(backEnd, out OwnedFd own))
        using (own)
        {
            if (request == FrontEndRequest.SetDeviceStateFd)
                front.Stop();
            front.Connection.Send(request, PayloadOf(request), [own.Fd], MessageFlags.NeedReply);
        }

        AssertNextIsServed(backEnd);
    }

    /// <summary>The second of two sockets of a daemon is as good for that as the first.</summary>
    [Fact]
    public void Two_front_ends_that_hand_over_each_other_s_connections_keep_nothing()
    {
        using LoopThread thread = new();
        using TestBackEnd<EchoDevice> one = new(() => new EchoDevice(), shared: thread);
        using TestBackEnd<EchoDevice> two = new(() => new EchoDevice(), shared: thread);
        using (FrontEndDevice first = Attach(one, out OwnedFd ownOfFirst))
        using (ownOfFirst)
        using (FrontEndDevice second = Attach(two, out OwnedFd ownOfSecond))
        using (ownOfSecond)
        {
            Assert.True(first.Connection.SetBackendReqFd(ownOfSecond).IsNegative);
            Assert.True(second.Connection.SetBackendReqFd(ownOfFirst).IsNegative);
            Assert.Contains(one.Log.From(LogLevel.Warning), l => l.Contains("a connection to this daemon", StringComparison.Ordinal));
        }

        AssertNextIsServed(one);
        AssertNextIsServed(two);
    }

    /// <summary>What lies unread in a socket is open as well.</summary>
    [Theory]
    [InlineData(FrontEndRequest.SetBackendReqFd)]
    [InlineData(FrontEndRequest.SetVringCall)]
    [InlineData(FrontEndRequest.SetLogFd)]
    public void A_connection_that_lies_in_a_socket_is_not_kept(FrontEndRequest request)
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        (OwnedFd ours, OwnedFd theirs) = Expect.NewPair();
        using (ours)
        using (FrontEndDevice front = Attach(backEnd, out OwnedFd own))
        using (own)
        {
            // Before the hand-over, and after it.
            Assert.Equal(1, FdMessage.Send(ours.Fd, [1], [own.Fd], out _));
            using (theirs)
                front.Connection.Send(request, PayloadOf(request), [theirs.Fd]);
            Payloads.AssertServed(front.Connection);
            Assert.Equal(1, FdMessage.Send(ours.Fd, [1], [own.Fd], out _));
        }

        AssertNextIsServed(backEnd);
    }

    [Fact]
    public void The_end_of_a_channel_is_no_reason_to_spin()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndDevice front = backEnd.Negotiate(s_options);
        (OwnedFd ours, OwnedFd theirs) = Expect.NewPair();
        using (ours)
        using (theirs)
            front.Connection.SetBackendReqFd(theirs).ThrowIfNegative();
        _ = backEnd.ConnectionCount;
        backEnd.Thread.AssertIdle();
    }

    /// <summary>A socket that is connected to nobody can be connected to this very process later.</summary>
    [Fact]
    public void A_socket_that_is_connected_to_nobody_is_no_channel()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndDevice front = backEnd.Negotiate(s_options);
        using OwnedFd unconnected = SpecialFiles.NewStreamSocket();
        Assert.True(front.Connection.SetBackendReqFd(unconnected).IsNegative);
    }

    /// <summary>The descriptors of a message are held from its first byte on.</summary>
    [Fact]
    public void A_message_that_stops_in_the_middle_keeps_nothing()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice(), messagePatience: TimeSpan.FromMilliseconds(50));
        using (FrontEndDevice front = Attach(backEnd, out OwnedFd own))
        using (own)
            front.Connection.SendRaw([13, 0, 0], [own.Fd]);
        AssertNextIsServed(backEnd);
        Assert.Contains(backEnd.Log.From(LogLevel.Warning), l => l.Contains("the rest of a message", StringComparison.Ordinal));
    }

    private static FrontEndDevice Attach(TestBackEnd<EchoDevice> backEnd, out OwnedFd own)
    {
        OwnedFd socket = Expect.Made(UnixSocket.Connect(backEnd.Path, out OwnedFd? fd), fd);
        own = Expect.Made(socket.Duplicate(out OwnedFd? copy), copy);
        return FrontEndDevice.Attach(new FrontEndConnection(socket) { ReplyTimeout = LoopThread.Patience }, s_options);
    }

    private static void AssertNextIsServed(TestBackEnd<EchoDevice> backEnd)
    {
        using FrontEndDevice next = backEnd.Attach();
        Assert.Equal([7], next.Request(0, [7], 1));
        backEnd.WaitForConnections(1);
    }

    private static byte[] PayloadOf(FrontEndRequest request) => request switch
    {
        FrontEndRequest.SetDeviceStateFd => Payloads.Of(new DeviceStateTransfer { Direction = DeviceStateDirection.Load }),
        FrontEndRequest.SetLogFd or FrontEndRequest.SetBackendReqFd => [],
        _ => Payloads.Number(0),
    };
}
