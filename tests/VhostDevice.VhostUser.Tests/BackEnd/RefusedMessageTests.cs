// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.TestKit;
using VhostDevice.TestKit.Devices;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.VhostUser.Wire;
using Xunit;

namespace VhostDevice.VhostUser.Tests.BackEnd;

/// <summary>
/// What the back-end does not serve, or not like this: a negative acknowledgement where one is possible, otherwise the
/// end of the connection with one line in the log.
/// </summary>
[Collection(BackEndCollection.Name)]
public sealed class RefusedMessageTests : LeakChecked
{
    private const string Ring9 = "0900000000000000";

    public static TheoryData<uint, string> Acknowledgeable { get; } = new()
    {
        // Not served at all.
        { (uint)FrontEndRequest.SendRarp, "0000000000000000" },
        { (uint)FrontEndRequest.NetSetMtu, "dc05000000000000" },
        { (uint)FrontEndRequest.IotlbMsg, new string('0', 64) },
        { (uint)FrontEndRequest.SetVringEndian, "0000000000000000" },
        { (uint)FrontEndRequest.CloseCryptoSession, "0000000000000000" },
        { (uint)FrontEndRequest.PostcopyListen, "" },
        { (uint)FrontEndRequest.SetInflightFd, new string('0', 48) },
        { (uint)FrontEndRequest.GpuSetSocket, "" },
        { (uint)FrontEndRequest.SetConfig, "00000000 01000000 00000000 00" },
        { 0, "" },
        { 46, "00" },
        { 0xffffffff, "" },

        // Served, but not with such content.
        { (uint)FrontEndRequest.SetLogBase, "0000000000000000" },
        { (uint)FrontEndRequest.SetLogBase, "0010000000000000 0000000000000000" },
        { (uint)FrontEndRequest.SetLogFd, "" },
        { (uint)FrontEndRequest.SetFeatures, "0100000000000000" },
        { (uint)FrontEndRequest.SetProtocolFeatures, "0000000000000080" },
        { (uint)FrontEndRequest.SetVringNum, Ring9 },
        { (uint)FrontEndRequest.SetVringNum, "0000000000000000" },
        { (uint)FrontEndRequest.SetVringNum, "0000000003000000" },
        { (uint)FrontEndRequest.SetVringNum, "0000000000020000" },
        { (uint)FrontEndRequest.SetVringNum, "0000000000000100" },
        { (uint)FrontEndRequest.SetVringBase, Ring9 },
        { (uint)FrontEndRequest.SetVringBase, "0000000000000100" },
        { (uint)FrontEndRequest.SetVringAddr, "09000000" + new string('0', 72) },
        { (uint)FrontEndRequest.SetVringEnable, Ring9 },
        { (uint)FrontEndRequest.SetVringEnable, "0000000002000000" },
        { (uint)FrontEndRequest.SetVringKick, Ring9 },
        { (uint)FrontEndRequest.SetVringKick, "0000000000000000" },
        { (uint)FrontEndRequest.SetVringCall, Ring9 },
        { (uint)FrontEndRequest.SetVringCall, "0000000000000000" },
        { (uint)FrontEndRequest.SetVringErr, "0000000000000000" },
        { (uint)FrontEndRequest.SetVringErr, "0003000000000000" },
        { (uint)FrontEndRequest.SetVringErr, "0001000001000000" },
        { (uint)FrontEndRequest.VringKick, Ring9 },
        { (uint)FrontEndRequest.SetStatus, "0001000000000000" },
        { (uint)FrontEndRequest.SetBackendReqFd, "" },
        { (uint)FrontEndRequest.AddMemReg, new string('0', 80) },
        { (uint)FrontEndRequest.RemMemReg, new string('0', 80) },
        { (uint)FrontEndRequest.SetMemTable, new string('0', 80) },
        { (uint)FrontEndRequest.SetMemTable, "0100000000000000" + new string('0', 64) },
        { (uint)FrontEndRequest.SetMemTable, "0200000000000000" + new string('0', 64) },
        { (uint)FrontEndRequest.SetMemTable, "ffffffff00000000" + new string('0', 64) },
    };

    public static TheoryData<uint, string> WithAnotherAnswer { get; } = new()
    {
        { (uint)FrontEndRequest.CreateCryptoSession, "00" },
        { (uint)FrontEndRequest.PostcopyAdvise, "" },
        { (uint)FrontEndRequest.PostcopyEnd, "" },
        { (uint)FrontEndRequest.GetInflightFd, new string('0', 48) },
        { (uint)FrontEndRequest.GetSharedObject, new string('0', 32) },
        { (uint)FrontEndRequest.GetShmemConfig, "" },
        { (uint)FrontEndRequest.GetConfig, "00000000 01000000 00000000 00" },
        { (uint)FrontEndRequest.GetVringBase, Ring9 },
    };

    [Theory]
    [MemberData(nameof(Acknowledgeable))]
    public void A_refusal_is_acknowledged_and_the_connection_lives(uint request, string hex)
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndConnection c = backEnd.Connect();
        c.SetProtocolFeatures(ProtocolFeatures.ReplyAck);
        using ReceivedMessage answer = c.Exchange((FrontEndRequest)request, Bytes(hex));
        Assert.Equal(request, answer.Header.Request);
        Assert.NotEqual(0UL, answer.Read<ulong>());
        Payloads.AssertServed(c);
        Assert.Single(backEnd.Log.From(LogLevel.Warning));
    }

    [Theory]
    [MemberData(nameof(Acknowledgeable))]
    [MemberData(nameof(WithAnotherAnswer))]
    public void Without_acknowledgements_a_refusal_ends_the_connection_with_one_line(uint request, string hex)
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndConnection c = backEnd.Connect();
        c.SetProtocolFeatures(ProtocolFeatures.ReplyAck);
        c.Send((FrontEndRequest)request, Bytes(hex));
        AssertEnded(backEnd, c);
    }

    [Theory]
    [MemberData(nameof(WithAnotherAnswer))]
    public void Where_the_answer_has_another_form_a_refusal_ends_the_connection(uint request, string hex)
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndConnection c = backEnd.Connect();
        c.SetProtocolFeatures(ProtocolFeatures.ReplyAck);
        c.Send((FrontEndRequest)request, Bytes(hex), flags: MessageFlags.NeedReply);
        AssertEnded(backEnd, c);
    }

    [Theory]
    [InlineData(ProtocolFeatures.InbandNotifications)]
    [InlineData(ProtocolFeatures.InbandNotifications | ProtocolFeatures.ReplyAck)]
    [InlineData(ProtocolFeatures.InbandNotifications | ProtocolFeatures.BackendReq)]
    public void In_band_notifications_without_what_they_need_end_the_connection(ProtocolFeatures features)
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndConnection c = backEnd.Connect();
        c.SetProtocolFeatures(ProtocolFeatures.ReplyAck);
        c.Send(FrontEndRequest.SetProtocolFeatures, Payloads.Number((ulong)features), flags: MessageFlags.NeedReply);
        AssertEnded(backEnd, c);
    }

    private static void AssertEnded(TestBackEnd<EchoDevice> backEnd, FrontEndConnection c)
    {
        Assert.True(c.WaitForDisconnect(LoopThread.Patience));
        backEnd.WaitForConnections(0);
        Assert.StartsWith("connection ended: ", Assert.Single(backEnd.Log.From(LogLevel.Warning)), StringComparison.Ordinal);
        using FrontEndConnection next = backEnd.Connect();
        Payloads.AssertServed(next);
    }

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
}
