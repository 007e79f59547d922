// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.TestKit;
using VhostDevice.TestKit.Devices;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.VhostUser.Wire;
using Xunit;

namespace VhostDevice.VhostUser.Tests.BackEnd;

/// <summary>Front-ends that write in crumbs, or do not read.</summary>
[Collection(BackEndCollection.Name)]
public sealed class SlowFrontEndTests : LeakChecked
{
    private static readonly byte[] s_getFeatures = [1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0];

    [Fact]
    public void A_front_end_that_does_not_read_its_replies_loses_its_connection_and_nobody_else_does()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndDevice guest = backEnd.Attach();
        using FrontEndConnection c = backEnd.Connect();
        FrontEndException e = Assert.Throws<FrontEndException>(() => Flood(c));
        Assert.Equal(FrontEndFailure.Disconnected, e.Failure);
        Assert.Contains("does not read", Assert.Single(backEnd.Log.From(LogLevel.Warning)), StringComparison.Ordinal);
        Assert.Equal([1], guest.Request(0, [1], 1));
    }

    private static void Flood(FrontEndConnection c)
    {
        for (int i = 0; i < 1_000_000; i++)
            c.Send(FrontEndRequest.GetFeatures);
    }

    [Fact]
    public void Replies_that_did_not_fit_come_later_and_in_order()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice(queues: 2));
        using FrontEndConnection c = backEnd.Connect();
        // A socket takes a few hundred replies; the back-end keeps 3000 more.
        int sent = 1500;
        for (int i = 0; i < sent; i++)
            c.Send((i & 1) == 0 ? FrontEndRequest.GetQueueNum : FrontEndRequest.GetMaxMemSlots);
        for (int i = 0; i < sent; i++)
        {
            if ((i & 1) == 0)
                Payloads.AssertAnswer(c, FrontEndRequest.GetQueueNum, Payloads.Number(2));
            else
                Payloads.AssertAnswer(c, FrontEndRequest.GetMaxMemSlots, Payloads.Number(509));
        }

        backEnd.Thread.AssertIdle();
        Payloads.AssertServed(c);
    }

    [Fact]
    public void A_message_may_come_byte_by_byte()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndConnection c = backEnd.Connect();
        c.SetProtocolFeatures(ProtocolFeatures.ReplyAck);
        byte[] setNum = [8, 0, 0, 0, 9, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 64, 0, 0, 0];
        for (int round = 0; round < 3; round++)
        {
            foreach (byte b in setNum)
            {
                c.SendRaw([b]);
                _ = backEnd.ConnectionCount; // the loop has had its turn
            }

            Payloads.AssertAnswer(c, FrontEndRequest.SetVringNum, Payloads.Number(0));
        }
    }

    [Fact]
    public void Many_messages_may_come_at_once()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndConnection c = backEnd.Connect();
        byte[] many = [.. Enumerable.Repeat(s_getFeatures, 200).SelectMany(m => m)];
        c.SendRaw(many);
        for (int i = 0; i < 200; i++)
            Payloads.AssertAnswer(c, FrontEndRequest.GetFeatures, Payloads.Number(Payloads.Transport));
    }

    [Fact]
    public void Half_a_message_keeps_nobody_waiting()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndConnection c = backEnd.Connect();
        c.SendRaw(s_getFeatures.AsSpan(0, 5));
        using FrontEndDevice guest = backEnd.Attach();
        Assert.Equal([1], guest.Request(0, [1], 1));
        backEnd.Thread.AssertIdle();
        c.SendRaw(s_getFeatures.AsSpan(5));
        Payloads.AssertAnswer(c, FrontEndRequest.GetFeatures, Payloads.Number(Payloads.Transport));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(19)]
    public void Half_a_message_is_the_end_with_one_line_when_the_rest_never_comes(int bytes)
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using (FrontEndConnection c = backEnd.Connect())
            c.SendRaw(((byte[])[2, 0, 0, 0, 1, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]).AsSpan(0, bytes));
        // The connection may still wait to be accepted, so the line tells more than the count.
        backEnd.Thread.Until(() => backEnd.Log.From(LogLevel.Warning).Count == 1, "one line");
        backEnd.WaitForConnections(0);
    }
}
