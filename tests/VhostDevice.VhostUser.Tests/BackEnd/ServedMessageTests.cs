// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Linux;
using VhostDevice.TestKit;
using VhostDevice.TestKit.Devices;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.VhostUser.Wire;
using Xunit;

namespace VhostDevice.VhostUser.Tests.BackEnd;

/// <summary>What the back-end serves, with the bytes of its answers.</summary>
[Collection(BackEndCollection.Name)]
public sealed class ServedMessageTests : LeakChecked
{
    // MQ, LOG_SHMFD, REPLY_ACK, BACKEND_REQ, BACKEND_SEND_FD, INFLIGHT_SHMFD, RESET_DEVICE, INBAND_NOTIFICATIONS,
    // CONFIGURE_MEM_SLOTS, STATUS, DEVICE_STATE, GET_VRING_BASE_INFLIGHT, GET_VRING_BASE_SKIP_DRAIN
    private const ulong Offered = 1UL << 0 | 1UL << 1 | 1UL << 3 | 1UL << 5 | 1UL << 10 | 1UL << 12 | 1UL << 13 | 1UL << 14 | 1UL << 15 | 1UL << 16
        | 1UL << 19 | 1UL << 20 | 1UL << 23;

    [Theory]
    [InlineData(FrontEndRequest.GetFeatures, Payloads.Transport | 6)]
    [InlineData(FrontEndRequest.GetProtocolFeatures, Offered)]
    [InlineData(FrontEndRequest.GetQueueNum, 3)]
    [InlineData(FrontEndRequest.GetMaxMemSlots, 509)]
    [InlineData(FrontEndRequest.GetStatus, 0)]
    public void Questions_are_answered_also_when_an_acknowledgement_is_asked_for(FrontEndRequest request, ulong answer)
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice(queues: 3, features: 6));
        using FrontEndConnection c = backEnd.Connect();
        c.Send(request);
        Payloads.AssertAnswer(c, request, Payloads.Number(answer));
        c.SetProtocolFeatures(ProtocolFeatures.ReplyAck);
        // NEED_REPLY "brings no behavioural change" where there is an answer anyhow.
        using ReceivedMessage received = c.Exchange(request);
        Payloads.AssertAnswer(received, request, Payloads.Number(answer));
        Payloads.AssertServed(c);
    }

    [Fact]
    public void A_config_space_adds_its_protocol_feature()
    {
        using TestBackEnd<ConfigDevice> backEnd = new(() => new ConfigDevice());
        using FrontEndConnection c = backEnd.Connect();
        Assert.Equal((ProtocolFeatures)(Offered | 1UL << 9), c.GetProtocolFeatures());
    }

    [Fact]
    public void Protocol_features_come_before_features_or_after()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndConnection c = backEnd.Connect();
        Assert.Equal((ProtocolFeatures)Offered, c.GetProtocolFeatures());
        c.SetProtocolFeatures(ProtocolFeatures.ReplyAck | ProtocolFeatures.Mq);
        Assert.True(c.SetFeatures(Payloads.Transport).IsPositive);
        Assert.True(c.SetProtocolFeatures(ProtocolFeatures.ReplyAck).IsPositive);
    }

    [Theory]
    [InlineData(FrontEndRequest.SetOwner, "")]
    [InlineData(FrontEndRequest.ResetOwner, "")]
    [InlineData(FrontEndRequest.SetFeatures, "0000004000000000")]
    [InlineData(FrontEndRequest.SetProtocolFeatures, "0900000000000000")]
    [InlineData(FrontEndRequest.SetVringNum, "0000000010000000")]
    [InlineData(FrontEndRequest.SetVringBase, "00000000ffff0000")]
    [InlineData(FrontEndRequest.SetVringAddr, "0000000000000000 0010000000000000 0020000000000000 0030000000000000 ffffffffffffffff")]
    [InlineData(FrontEndRequest.SetVringEnable, "0000000001000000")]
    [InlineData(FrontEndRequest.SetVringKick, "0001000000000000")]
    [InlineData(FrontEndRequest.SetVringCall, "0001000000000000")]
    [InlineData(FrontEndRequest.SetVringErr, "0001000000000000")]
    [InlineData(FrontEndRequest.VringKick, "0000000000000000")]
    [InlineData(FrontEndRequest.ResetDevice, "")]
    [InlineData(FrontEndRequest.SetStatus, "0100000000000000")]
    public void Commands_are_acknowledged_when_asked_and_silent_otherwise(FrontEndRequest request, string hex)
    {
        byte[] payload = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndConnection c = backEnd.Connect();
        // Not negotiated: the flag means nothing.
        c.Send(request, payload, flags: MessageFlags.NeedReply);
        if (request == FrontEndRequest.SetProtocolFeatures)
            Payloads.AssertAnswer(c, request, Payloads.Number(0)); // it has just been negotiated
        Payloads.AssertServed(c);

        c.SetProtocolFeatures(ProtocolFeatures.ReplyAck);
        c.Send(request, payload);
        Payloads.AssertServed(c);
        using ReceivedMessage answer = c.Exchange(request, payload);
        Payloads.AssertAnswer(answer, request, Payloads.Number(0));
        Assert.Empty(backEnd.Log.From(LogLevel.Warning));
    }

    [Fact]
    public void Memory_comes_and_goes_and_removal_may_bring_a_descriptor()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndMemory memory = new(1 << 16);
        using FrontEndConnection c = backEnd.Connect();
        c.SetProtocolFeatures(ProtocolFeatures.ReplyAck | ProtocolFeatures.ConfigureMemSlots);
        FrontEndRegion region = memory.Regions[0];
        Assert.True(c.SetMemTable(memory).IsPositive);
        Assert.True(c.RemMemReg(region.Entry).IsPositive);
        Assert.True(c.AddMemReg(region.Entry, region.File).IsPositive);
        using ReceivedMessage removal = c.Exchange(
            FrontEndRequest.RemMemReg, Payloads.Of(new SingleMemoryRegion { Region = region.Entry }), [region.File.Fd]);
        Payloads.AssertAnswer(removal, FrontEndRequest.RemMemReg, Payloads.Number(0));
    }

    [Fact]
    public void Get_vring_base_answers_with_the_ring_state()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice(queues: 2));
        using FrontEndConnection c = backEnd.Connect();
        c.SetVringBase(1, 0x1234);
        c.Send(FrontEndRequest.GetVringBase, Payloads.State(1, 0));
        Payloads.AssertAnswer(c, FrontEndRequest.GetVringBase, Payloads.State(1, 0x1234));
    }

    [Fact]
    public void The_status_is_kept()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndConnection c = backEnd.Connect();
        c.SetProtocolFeatures(ProtocolFeatures.ReplyAck | ProtocolFeatures.Status);
        Assert.True(c.SetStatus(0x0f).IsPositive);
        Assert.Equal(0x0fUL, c.GetStatus());
        Assert.True(c.SetStatus(0x100).IsNegative);
        Assert.Equal(0x0fUL, c.GetStatus());
    }

    [Fact]
    public void A_back_end_channel_is_taken()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndConnection c = backEnd.Connect();
        c.SetProtocolFeatures(ProtocolFeatures.ReplyAck | ProtocolFeatures.BackendReq);
        _ = c.OpenBackEndChannel();
        _ = c.OpenBackEndChannel(); // another one in place of it
        (OwnedFd read, OwnedFd write) = Expect.NewPipe();
        using (read)
        using (write)
            Assert.True(c.SetBackendReqFd(write).IsPositive);
    }
}
