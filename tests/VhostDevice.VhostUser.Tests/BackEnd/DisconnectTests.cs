// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.TestKit;
using VhostDevice.TestKit.Devices;
using VhostDevice.VhostUser.FrontEnd;
using Xunit;

namespace VhostDevice.VhostUser.Tests.BackEnd;

/// <summary>Front-ends that leave, at any point and often.</summary>
[Collection(BackEndCollection.Name)]
public sealed class DisconnectTests : LeakChecked
{
    [Fact]
    public void Leaving_after_any_message_of_the_handshake_leaves_nothing_behind()
    {
        using TestBackEnd<HoldingDevice> backEnd = new(() => new HoldingDevice(2) { Cancels = true });
        ProcessResources before = ProcessResources.Take();
        for (int last = 0, steps = 0; last <= steps; last++)
        {
            using (FrontEndDevice front = backEnd.Negotiate(TestOptions.Queues(2)))
            {
                IReadOnlyList<Action> handshake = HandshakeSteps.Of(front);
                steps = handshake.Count;
                foreach (Action step in handshake.Take(last))
                    step();
            }

            backEnd.WaitForConnections(0);
            Assert.Equal("", ProcessResources.LeftSince(before));
        }

        Assert.Empty(backEnd.Log.From(LogLevel.Warning));
    }

    [Fact]
    public void Leaving_without_waiting_for_any_answer_leaves_nothing_behind()
    {
        using TestBackEnd<HoldingDevice> backEnd = new(() => new HoldingDevice(2) { Cancels = true });
        ProcessResources before = ProcessResources.Take();
        for (int last = 0, steps = 0; last <= steps; last++)
        {
            using (FrontEndDevice front = backEnd.Negotiate(TestOptions.Queues(2)))
            {
                front.Connection.AckPolicy = AckPolicy.Never;
                IReadOnlyList<Action> handshake = HandshakeSteps.Of(front);
                steps = handshake.Count;
                foreach (Action step in handshake.Take(last))
                    step();
            }

            backEnd.WaitForConnections(0);
            Assert.Equal("", ProcessResources.LeftSince(before));
        }
    }

    [Fact]
    public void A_thousand_guests_come_and_go()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice(2));
        using FrontEndMemory memory = new(1 << 20);
        Cycle(backEnd, memory, 50); // what the runtime allocates on first use
        backEnd.Forget();
        ProcessResources before = ProcessResources.Take();
        long heap = GC.GetTotalMemory(forceFullCollection: true);
        Cycle(backEnd, memory, 1000);
        Assert.Equal("", ProcessResources.LeftSince(before));
        Assert.Empty(backEnd.Log.From(LogLevel.Warning));
        backEnd.Forget();
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - heap, long.MinValue, 200_000);
    }

    private static void Cycle(TestBackEnd<EchoDevice> backEnd, FrontEndMemory memory, int count)
    {
        for (int i = 0; i < count; i++)
        {
            using FrontEndDevice guest = backEnd.Attach(TestOptions.Queues(2) with { Memory = memory });
            Assert.Equal([(byte)i], guest.Request(i & 1, [(byte)i], 1));
        }

        backEnd.WaitForConnections(0);
    }
}
