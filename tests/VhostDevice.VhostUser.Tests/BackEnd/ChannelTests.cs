// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Linux;
using VhostDevice.TestKit;
using VhostDevice.TestKit.Devices;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.VhostUser.Wire;
using Xunit;

namespace VhostDevice.VhostUser.Tests.BackEnd;

/// <summary>The back-end's own requests, over a socket and over a pipe.</summary>
[Collection(BackEndCollection.Name)]
public sealed class ChannelTests : LeakChecked
{
    private static readonly byte[] s_configChange = [2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0];

    [Fact]
    public void A_config_change_is_told_over_a_socket_without_asking_for_an_answer()
    {
        using TestBackEnd<ConfigDevice> backEnd = new(() => new ConfigDevice());
        using FrontEndDevice front = backEnd.Attach();
        backEnd.With(d => d.Change(2, 0x77));
        Assert.True(front.Connection.BackEndChannel!.TryReceive(LoopThread.Patience, out ReceivedMessage? message));
        using (message)
        {
            Assert.Equal((uint)BackEndRequest.ConfigChangeMsg, message!.Header.Request);
            Assert.Equal(MessageFlags.Version1, message.Header.Flags);
            Assert.Empty(message.Payload);
        }

        Assert.Equal([1, 2, 0x77, 4], front.ReadConfig(0, 4));
    }

    [Fact]
    public void A_config_change_is_told_over_a_pipe()
    {
        using TestBackEnd<ConfigDevice> backEnd = new(() => new ConfigDevice());
        using FrontEndDevice front = Attach(backEnd, out OwnedFd read);
        using (read)
        {
            backEnd.With(d => d.Change(0, 9));
            Assert.Equal(s_configChange, Expect.ReadSome(read));
        }

        // Nobody reads any more.
        backEnd.With(d => d.Change(0, 10));
        backEnd.With(d => d.Change(0, 11));
        Assert.Equal([11], front.ReadConfig(0, 1));
    }

    [Fact]
    public void Without_CONFIG_nothing_is_told()
    {
        using TestBackEnd<ConfigDevice> backEnd = new(() => new ConfigDevice());
        using FrontEndDevice front = backEnd.Attach(
            TestOptions.Small with { ProtocolFeatures = ProtocolFeatures.ReplyAck | ProtocolFeatures.BackendReq });
        backEnd.With(d => d.Change(0, 9));
        Assert.False(front.Connection.BackEndChannel!.TryReceive(TimeSpan.Zero, out _));
    }

    [Fact]
    public void A_full_pipe_stops_nobody_and_the_news_comes_when_there_is_room()
    {
        using TestBackEnd<ConfigDevice> backEnd = new(() => new ConfigDevice());
        using FrontEndDevice front = Attach(backEnd, out OwnedFd read);
        using (read)
        {
            backEnd.With(d =>
            {
                for (int i = 0; i < 10_000; i++)
                    d.Change(0, (byte)i);
            });
            Assert.Equal([(byte)(9_999 & 0xff)], front.ReadConfig(0, 1));
            // One read takes all that is there; one message stands for all that did not fit.
            AssertWhole(Expect.ReadSome(read, 1 << 20), out int first);
            Assert.InRange(first, 1, 9_999);
            Expect.Readable(read, "the rest");
            AssertWhole(Expect.ReadSome(read), out int second);
            Assert.Equal(1, second);
            Assert.Empty(Expect.ReadSome(read));
            backEnd.Thread.AssertIdle();
            backEnd.With(d => d.Change(0, 1));
            Assert.Equal(s_configChange, Expect.ReadSome(read));
        }
    }

    [Fact]
    public void A_full_socket_gets_whole_messages_in_the_end()
    {
        using TestBackEnd<ConfigDevice> backEnd = new(() => new ConfigDevice());
        using FrontEndDevice front = backEnd.Negotiate(
            TestOptions.Small with
            {
                ProtocolFeatures = ProtocolFeatures.ReplyAck | ProtocolFeatures.BackendReq | ProtocolFeatures.Config,
            });
        (OwnedFd ours, OwnedFd theirs) = Expect.NewPair();
        using (ours)
        {
            Files.SetNonBlocking(ours.Fd).Ok();
            using (theirs)
                front.Connection.SetBackendReqFd(theirs).ThrowIfNegative();
            front.Start();
            backEnd.With(d =>
            {
                for (int i = 0; i < 10_000; i++)
                    d.Change(0, (byte)i);
            });
            List<byte> all = [];
            for (byte[] some = Expect.ReadSome(ours); some.Length > 0; some = Expect.ReadSome(ours))
            {
                all.AddRange(some);
                _ = backEnd.ConnectionCount; // the loop has had a turn to send the rest
            }

            AssertWhole([.. all], out int count);
            Assert.InRange(count, 1, 10_000);
            backEnd.Thread.AssertIdle();
            backEnd.With(d => d.Change(0, 1));
            Assert.Equal(s_configChange, Expect.ReadSome(ours));
        }
    }

    [Theory]
    [InlineData("/proc/self/exe")]
    [InlineData("/tmp")]
    [InlineData("/dev/null")]
    public void What_is_no_channel_is_refused(string path)
    {
        using TestBackEnd<ConfigDevice> backEnd = new(() => new ConfigDevice());
        using FrontEndConnection c = backEnd.Connect();
        c.SetProtocolFeatures(ProtocolFeatures.ReplyAck | ProtocolFeatures.BackendReq);
        using OwnedFd file = Expect.Open(path);
        Assert.True(c.SetBackendReqFd(file).IsNegative);
        using OwnedFd eventFd = Expect.NewEventFd();
        Assert.True(c.SetBackendReqFd(eventFd).IsNegative);
        Assert.Equal(2, backEnd.Log.From(LogLevel.Warning).Count);
    }

    private static FrontEndDevice Attach(TestBackEnd<ConfigDevice> backEnd, out OwnedFd read)
    {
        FrontEndDevice front = backEnd.Negotiate(TestOptions.Small with { ProtocolFeatures = ProtocolFeatures.ReplyAck | ProtocolFeatures.Config });
        (read, OwnedFd write) = Expect.NewPipe();
        using (write)
            front.Connection.SetBackendReqFd(write).ThrowIfNegative();
        front.Start();
        return front;
    }

    private static void AssertWhole(byte[] bytes, out int messages)
    {
        messages = bytes.Length / s_configChange.Length;
        Assert.Equal(0, bytes.Length % s_configChange.Length);
        Assert.True(bytes.Chunk(s_configChange.Length).All(m => m.SequenceEqual(s_configChange)));
    }
}
