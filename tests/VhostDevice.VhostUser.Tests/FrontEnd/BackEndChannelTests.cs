// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.VhostUser.Wire;
using Xunit;
using static VhostDevice.VhostUser.Tests.FrontEnd.RequestBytesTests;

namespace VhostDevice.VhostUser.Tests.FrontEnd;

/// <summary>The back-end's own requests.</summary>
public sealed class BackEndChannelTests : IDisposable
{
    private readonly FakeBackEnd _backEnd = new();
    private readonly BackEndChannel _channel;
    private readonly int _remote;

    public BackEndChannelTests()
    {
        _channel = _backEnd.FrontEnd.OpenBackEndChannel();
        _backEnd.AssertRead(Message(21, 1, ""), 1);
        _remote = _backEnd.Fds[0].Fd;
        Assert.True(Files.SetNonBlocking(_remote).IsSuccess);
    }

    public void Dispose() => _backEnd.Dispose();

    [Fact]
    public void Config_change()
    {
        Assert.Same(_channel, _backEnd.FrontEnd.BackEndChannel);
        Assert.False(_channel.TryReceive(TimeSpan.FromMilliseconds(1), out _));
        Send(Message(2, 1, ""));
        Assert.True(_channel.TryReceive(TimeSpan.FromSeconds(5), out ReceivedMessage? message));
        using (message)
            Assert.Equal((uint)BackEndRequest.ConfigChangeMsg, message!.Header.Request);
        AssertNoAnswer();
    }

    [Fact]
    public void Requests_are_agreed_to_by_themselves()
    {
        Send(Message(2, 9, ""));
        _channel.Pump();
        AssertAnswer(Message(2, 5, "0000000000000000"));
        _channel.AutomaticAnswer = 7;
        Send(Message(4, 9, "01000000 00000000"));
        _channel.Pump();
        AssertAnswer(Message(4, 5, "0700000000000000"));
        Assert.Equal(1, _channel.Calls(1));
    }

    [Fact]
    public void Requests_may_be_answered_by_hand()
    {
        _channel.AutomaticAnswer = null;
        Send(Message(4, 9, "01000000 00000000"));
        Assert.True(_channel.TryReceive(TimeSpan.FromSeconds(5), out ReceivedMessage? message));
        AssertNoAnswer();
        Assert.Equal(0, _channel.Calls(1));
        Assert.Equal(1u, message!.Read<VringState>().Index);
        _channel.Answer(message, 3, [_backEnd.Fd]);
        message.Dispose();
        List<OwnedFd> fds = AssertAnswer(Message(4, 5, "0300000000000000"));
        Assert.Single(fds).Dispose();
    }

    [Fact]
    public void Calls_and_errors_are_counted_by_ring()
    {
        Send(Message(4, 1, "02000000 00000000") + Message(4, 1, "02000000 00000000") + Message(5, 1, "03000000 00000000") + Message(2, 1, ""));
        Assert.True(_channel.WaitForCall(2, TimeSpan.FromSeconds(5)));
        Assert.False(_channel.WaitForCall(2, TimeSpan.Zero));
        Assert.False(_channel.WaitForCall(0, TimeSpan.Zero));
        Assert.Equal((2L, 1L, 0L), (_channel.Calls(2), _channel.Errors(3), _channel.Errors(2)));
        Assert.True(_channel.TryReceive(TimeSpan.Zero, out ReceivedMessage? message));
        message!.Dispose();
        // Nonsense is kept for whoever wants to see it.
        Send(Message(4, 1, "00010000 00000000") + Message(4, 1, "01"));
        Assert.True(_channel.TryReceive(TimeSpan.FromSeconds(5), out message));
        Assert.True(_channel.TryReceive(TimeSpan.FromSeconds(5), out message));
        Assert.Equal(1u, message!.Header.PayloadSize);
    }

    [Fact]
    public void Requests_are_served_while_the_connection_waits_for_an_answer()
    {
        Thread backEnd = new(() =>
        {
            Assert.True(EventFd.Wait(_backEnd.Fd, 20_000));
            Send(Message(2, 9, ""));
            Assert.True(EventFd.Wait(_remote, 20_000));
            AssertAnswer(Message(2, 5, "0000000000000000"));
            _backEnd.Write(Message(1, 5, "0500000000000000"));
        });
        backEnd.Start();
        Assert.Equal(5UL, _backEnd.FrontEnd.GetFeatures());
        backEnd.Join();
        Assert.True(_channel.TryReceive(TimeSpan.Zero, out _));
    }

    [Fact]
    public void Closed_channel()
    {
        _backEnd.Fds[0].Dispose();
        Assert.False(_channel.TryReceive(TimeSpan.FromSeconds(5), out _));
        Assert.True(_channel.IsClosed);
        _backEnd.Write(Message(1, 5, "0500000000000000"));
        Assert.Equal(5UL, _backEnd.FrontEnd.GetFeatures());
        Assert.False(_channel.WaitForCall(0, TimeSpan.FromSeconds(5)));
    }

    [Fact]
    public void Closed_channel_does_not_disturb_the_connection()
    {
        _backEnd.Fds[0].Dispose();
        _backEnd.FrontEnd.ReplyTimeout = TimeSpan.FromMilliseconds(20);
        ConnectionTests.AssertFails(_backEnd, c => c.GetFeatures(), FrontEndFailure.Timeout, "GET_FEATURES: no answer within 0.02 s");
        Assert.True(_channel.IsClosed);
    }

    private void Send(string hex)
    {
        byte[] bytes = FakeBackEnd.FromHex(hex);
        Assert.Equal(bytes.Length, (int)FdMessage.Send(_remote, bytes, default, out _));
    }

    private List<OwnedFd> AssertAnswer(string hex)
    {
        byte[] buffer = new byte[100];
        List<OwnedFd> fds = [];
        nint n = FdMessage.Receive(_remote, buffer, 4, fds, out _, out _);
        Assert.Equal(Convert.ToHexStringLower(FakeBackEnd.FromHex(hex)), Convert.ToHexStringLower(buffer.AsSpan(0, (int)n)));
        return fds;
    }

    private void AssertNoAnswer()
    {
        Assert.Equal(-1, FdMessage.Receive(_remote, new byte[1], 0, [], out _, out Errno errno));
        Assert.Equal(Errno.EAGAIN, errno);
    }
}
