// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;
using VhostDevice.Linux;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.VhostUser.Wire;
using Xunit;
using static VhostDevice.VhostUser.Tests.FrontEnd.RequestBytesTests;

namespace VhostDevice.VhostUser.Tests.FrontEnd;

/// <summary>What happens when a back-end does not behave, and raw messages.</summary>
public sealed class ConnectionTests
{
    [Fact]
    public void Silence_times_out()
    {
        using FakeBackEnd backEnd = new();
        backEnd.FrontEnd.ReplyTimeout = TimeSpan.FromMilliseconds(20);
        Stopwatch watch = Stopwatch.StartNew();
        AssertFails(backEnd, c => c.GetFeatures(), FrontEndFailure.Timeout, "GET_FEATURES: no answer within 0.02 s");
        Assert.InRange(watch.ElapsedMilliseconds, 20, 5000);
    }

    [Fact]
    public void Half_an_answer_times_out()
    {
        using FakeBackEnd backEnd = new();
        backEnd.FrontEnd.ReplyTimeout = TimeSpan.FromMilliseconds(20);
        backEnd.Write("01000000 05000000 08000000 0000");
        AssertFails(backEnd, c => c.GetFeatures(), FrontEndFailure.Timeout, "GET_FEATURES: no answer within 0.02 s");
    }

    [Fact]
    public void Back_end_that_takes_nothing_times_out()
    {
        using FakeBackEnd backEnd = new();
        backEnd.FrontEnd.ReplyTimeout = TimeSpan.FromMilliseconds(20);
        byte[] much = new byte[1 << 20];
        FrontEndException e = Assert.Throws<FrontEndException>(() =>
        {
            for (int i = 0; i < 1000; i++)
                backEnd.FrontEnd.SendRaw(much);
        });
        Assert.Equal(FrontEndFailure.Send, e.Failure);
        Assert.Equal("raw bytes: not sent: the back-end takes no more messages", e.Message);
    }

    [Fact]
    public void Closed_connection()
    {
        using FakeBackEnd backEnd = new();
        backEnd.FrontEnd.SetOwner();
        backEnd.AssertRead(Message(3, 1, ""));
        backEnd.Close();
        AssertFails(backEnd, c => c.Receive(), FrontEndFailure.Disconnected, "receive: the back-end closed the connection instead of answering");
        AssertFails(backEnd, c => c.GetFeatures(), FrontEndFailure.Disconnected, "GET_FEATURES: the back-end has closed the connection");
        Assert.True(backEnd.FrontEnd.WaitForDisconnect(TimeSpan.Zero));
    }

    [Fact]
    public void Closed_in_the_middle_of_an_answer()
    {
        using FakeBackEnd backEnd = new();
        backEnd.Write("01000000 05000000");
        backEnd.Close();
        AssertFails(backEnd, c => c.Receive(), FrontEndFailure.Disconnected, "receive: the back-end closed the connection instead of answering");
    }

    [Theory]
    [InlineData("02000000 05000000 08000000 0000000000000000", "GET_FEATURES: the answer is one to SET_FEATURES")]
    [InlineData("01000000 06000000 08000000 0000000000000000", "GET_FEATURES: the answer has version 2 instead of 1")]
    [InlineData("01000000 01000000 08000000 0000000000000000", "GET_FEATURES: the answer lacks the reply flag")]
    [InlineData("01000000 05000000 04000000 00000000", "GET_FEATURES: the answer has 4 bytes of payload instead of 8")]
    [InlineData("01000000 05000000 01000100", "GET_FEATURES: the answer announces more than 65536 bytes")]
    public void Wrong_answers(string answer, string message)
    {
        using FakeBackEnd backEnd = new();
        backEnd.Write(answer);
        AnswerTests.AssertBad(backEnd.FrontEnd, c => c.GetFeatures(), message);
    }

    [Fact]
    public void Answers_in_pieces_and_long_ones_arrive()
    {
        using FakeBackEnd backEnd = new();
        string content = string.Concat(Enumerable.Repeat("ab", 4000));
        backEnd.Write("18000000");
        backEnd.Write("05000000 ac0f0000 00000000 a00f");
        backEnd.Write("0000 00000000" + content);
        Assert.Equal(content, Convert.ToHexStringLower(backEnd.FrontEnd.GetConfig(0, 4000)!));
    }

    [Fact]
    public void Acks_follow_the_negotiation()
    {
        using FakeBackEnd backEnd = new();
        FrontEndConnection c = backEnd.FrontEnd;
        Assert.False(c.SetProtocolFeatures(ProtocolFeatures.ReplyAck).IsReceived);
        backEnd.AssertRead(Message(16, 1, "0800000000000000"));
        backEnd.Write(Message(3, 5, "0000000000000000"));
        Assert.True(c.SetOwner().IsPositive);
        backEnd.AssertRead(Message(3, 9, ""));
        c.AckPolicy = AckPolicy.Never;
        Assert.False(c.SetOwner().IsReceived);
        backEnd.AssertRead(Message(3, 1, ""));
    }

    [Fact]
    public void Raw_messages()
    {
        using FakeBackEnd backEnd = new();
        FrontEndConnection c = backEnd.FrontEnd;
        c.SendRaw(new MessageHeader { Request = 77, Flags = (MessageFlags)0xffff_ffff, PayloadSize = 1000 }, [1, 2]);
        backEnd.AssertRead("4d000000 ffffffff e8030000 0102");
        c.SendRaw([7, 8, 9], [backEnd.Fd, backEnd.Fd]);
        backEnd.AssertRead("070809", 2);
        c.Send((FrontEndRequest)78, [5], [backEnd.Fd], MessageFlags.Reply);
        backEnd.AssertRead("4e000000 05000000 01000000 05", 1);

        backEnd.Write(Message(3, 5, "01"), backEnd.Fd);
        using ReceivedMessage reply = c.Exchange(FrontEndRequest.SetOwner, [1]);
        backEnd.AssertRead(Message(3, 9, "01"));
        Assert.True(reply.IsReply);
        Assert.False(reply.NeedsReply);
        Assert.Equal([1], reply.Payload);
        Assert.Single(reply.Fds);
        Assert.Throws<FrontEndException>(() => reply.Read<ulong>());
    }

    [Fact]
    public void Nobody_listens()
    {
        FrontEndException e = Assert.Throws<FrontEndException>(() => FrontEndConnection.Connect("no/such/directory/socket"));
        Assert.Equal(FrontEndFailure.Connect, e.Failure);
        Assert.Equal(Errno.ENOENT, e.Errno);
        Assert.Equal("no/such/directory/socket: No such file or directory", e.Message);
    }

    [Fact]
    public void Wait_for_disconnect_drops_what_still_comes()
    {
        using FakeBackEnd backEnd = new();
        backEnd.Write(Message(3, 5, "0000000000000000"), backEnd.Fd);
        Assert.False(backEnd.FrontEnd.WaitForDisconnect(TimeSpan.FromMilliseconds(1)));
        backEnd.Write("00");
        backEnd.Close();
        Assert.True(backEnd.FrontEnd.WaitForDisconnect(TimeSpan.FromSeconds(5)));
    }

    internal static void AssertFails(FakeBackEnd backEnd, Action<FrontEndConnection> ask, FrontEndFailure failure, string message)
    {
        FrontEndException e = Assert.Throws<FrontEndException>(() => ask(backEnd.FrontEnd));
        Assert.Equal((failure, message), (e.Failure, e.Message));
    }
}
