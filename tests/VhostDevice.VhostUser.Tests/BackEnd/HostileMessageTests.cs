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

/// <summary>
/// What is no message ends its connection with one line in the log; the guest that is attached notices nothing, and
/// no descriptor stays behind.
/// </summary>
[Collection(BackEndCollection.Name)]
public sealed class HostileMessageTests : LeakChecked
{
    [Theory]
    [InlineData(0, 0, "version 0")]
    [InlineData(2, 0, "version 2")]
    [InlineData(3, 0, "version 3")]
    [InlineData(5, 0, "reply")]
    [InlineData(1, 4097, "4097")]
    [InlineData(1, 0x7fffffff, "2147483647")]
    [InlineData(1, 0xffffffff, "4294967295")]
    public void A_header_that_is_none_is_the_end(uint flags, uint size, string reason) => AssertEnds(
        reason, c => c.SendRaw(new MessageHeader { Request = 1, Flags = (MessageFlags)flags, PayloadSize = size }));

    [Fact]
    public void Flags_that_have_no_meaning_yet_are_no_error()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndConnection c = backEnd.Connect();
        c.SendRaw(new MessageHeader { Request = 1, Flags = (MessageFlags)0xfffffff1, PayloadSize = 0 });
        Payloads.AssertAnswer(c, FrontEndRequest.GetFeatures, Payloads.Number(Payloads.Transport));
    }

    [Fact]
    public void A_payload_of_a_wrong_size_is_the_end()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndDevice guest = backEnd.Attach();
        foreach (FrontEndRequest request in Enum.GetValues<FrontEndRequest>())
        {
            MessageRule rule = MessageRule.For((uint)request)!.Value;
            foreach (int size in (int[])[rule.MinPayload - 1, rule.MaxPayload + 1])
            {
                if (size is >= 0 and <= MessageRule.MaxPayloadOfAll)
                    AssertEnds(backEnd, c => c.Send(request, new byte[size]), $"{size} bytes of payload");
            }
        }

        Assert.Equal([1], guest.Request(0, [1], 1));
    }

    [Fact]
    public void Surplus_descriptors_are_the_end()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndDevice guest = backEnd.Attach();
        using OwnedFd fd = Expect.NewEventFd();
        foreach (FrontEndRequest request in Enum.GetValues<FrontEndRequest>())
        {
            MessageRule rule = MessageRule.For((uint)request)!.Value;
            if (rule.MaxFds < MessageRule.MaxTableRegions)
                AssertEnds(
                    backEnd,
                    c => c.Send(request, new byte[rule.MinPayload], [.. Enumerable.Repeat(fd.Fd, rule.MaxFds + 1)]),
                    "file descriptors");
        }

        Assert.Equal([1], guest.Request(0, [1], 1));
    }

    [Theory]
    [InlineData(33)]
    [InlineData(64)]
    [InlineData(253)]
    public void More_descriptors_than_any_message_has_are_the_end(int count)
    {
        using OwnedFd fd = Expect.NewEventFd();
        AssertEnds("more than 32 file descriptors", c => c.Send(FrontEndRequest.SetMemTable, new byte[40], [.. Enumerable.Repeat(fd.Fd, count)]));
    }

    [Fact]
    public void Descriptors_that_pile_up_byte_by_byte_are_the_end()
    {
        using OwnedFd fd = Expect.NewEventFd();
        AssertEnds("piled up", c =>
        {
            // Each byte brings 20 of them, all within one header.
            c.SendRaw([5], [.. Enumerable.Repeat(fd.Fd, 20)]);
            c.SendRaw([0], [.. Enumerable.Repeat(fd.Fd, 20)]);
        });
    }

    [Fact]
    public void Descriptors_of_an_unknown_request_are_closed()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndConnection c = backEnd.Connect();
        c.SetProtocolFeatures(ProtocolFeatures.ReplyAck);
        using OwnedFd fd = Expect.NewEventFd();
        int open = ProcessResources.Take().Descriptors.Count;
        for (int i = 0; i < 5; i++)
        {
            using ReceivedMessage answer = c.Exchange((FrontEndRequest)1234, [1, 2, 3], [.. Enumerable.Repeat(fd.Fd, 32)]);
            Assert.Equal(1UL, answer.Read<ulong>());
        }

        Assert.Equal(open, ProcessResources.Take().Descriptors.Count);
    }

    [Fact]
    public void A_descriptor_beside_the_flag_that_denies_it_is_closed()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndConnection c = backEnd.Connect();
        c.SetProtocolFeatures(ProtocolFeatures.ReplyAck);
        using OwnedFd fd = Expect.NewEventFd();
        int open = ProcessResources.Take().Descriptors.Count;
        using ReceivedMessage answer = c.Exchange(FrontEndRequest.SetVringCall, Payloads.Number(VringFd.NoFd), [fd.Fd]);
        Payloads.AssertAnswer(answer, FrontEndRequest.SetVringCall, Payloads.Number(0));
        Assert.Equal(open, ProcessResources.Take().Descriptors.Count);
    }

    private static void AssertEnds(string reason, Action<FrontEndConnection> send)
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndDevice guest = backEnd.Attach();
        AssertEnds(backEnd, send, reason);
        Assert.Equal([1], guest.Request(0, [1], 1));
    }

    private static void AssertEnds(TestBackEnd<EchoDevice> backEnd, Action<FrontEndConnection> send, string reason)
    {
        backEnd.Log.Clear();
        using FrontEndConnection c = backEnd.Connect();
        send(c);
        Assert.True(c.WaitForDisconnect(LoopThread.Patience), reason);
        backEnd.WaitForConnections(1);
        string line = Assert.Single(backEnd.Log.From(LogLevel.Warning));
        Assert.StartsWith("connection ended: ", line, StringComparison.Ordinal);
        Assert.Contains(reason, line, StringComparison.Ordinal);
    }
}
