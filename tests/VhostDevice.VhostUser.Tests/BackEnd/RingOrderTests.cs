// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.TestKit;
using VhostDevice.TestKit.Devices;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.Virtio;
using Xunit;

namespace VhostDevice.VhostUser.Tests.BackEnd;

/// <summary>
/// The specification prescribes no order of set-up. What the driver put into a ring before is served once the ring is
/// complete, without another kick, and nothing is served before that.
/// </summary>
[Collection(BackEndCollection.Name)]
public sealed class RingOrderTests : LeakChecked
{
    private static readonly string[] s_steps = ["MEM", "NUM", "BASE", "ADDR", "KICK", "ENABLE"];

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(0xfffe)]
    public void A_ring_is_served_in_whatever_order_it_is_set_up(int ringBase)
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndMemory memory = new(1 << 16);
        foreach (string[] order in Permutations(s_steps))
        {
            using FrontEndDevice front = backEnd.Negotiate(TestOptions.Small with { Memory = memory, RingBase = (ushort)ringBase });
            DriverQueue queue = Prepare(front, out ulong answer);
            foreach (string step in order)
            {
                Assert.False(queue.HasUsed, $"served before {step} of {string.Join(' ', order)}");
                Step(front, step).ThrowIfNegative();
            }

            Assert.True(queue.WaitForUsed(LoopThread.Patience), string.Join(' ', order));
            Assert.True(queue.TryPop(out UsedChain used));
            Assert.Equal(4u, used.Length);
            Assert.Equal([1, 2, 3, 4], memory.Span(answer, 4).ToArray());
            Assert.Equal((uint)(ushort)(ringBase + 1), front.Connection.GetVringBase(0));
        }
    }

    [Fact]
    public void A_stopped_ring_goes_on_in_whatever_order_it_is_set_up_again()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndDevice front = backEnd.Attach();
        // KICK starts a stopped ring, so what comes after it is about a running one.
        foreach (string[] order in Permutations(["MEM", "NUM", "BASE", "ADDR", "ENABLE"]))
        {
            Assert.Equal([7], front.Request(0, [7], 1));
            front.EnableQueues(false);
            _ = front.Connection.GetVringBase(0);
            front.Queues[0].Add(DriverBuffer.Writable(front.Memory.Regions[0].GuestAddress, 1));
            front.Queues[0].Publish();
            foreach (string step in order)
                Step(front, step).ThrowIfNegative();
            Step(front, "KICK").ThrowIfNegative();
            _ = front.Queues[0].Take();
        }
    }

    [Fact]
    public void Without_protocol_features_rings_need_no_enabling()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndDevice front = backEnd.Attach(TestOptions.Small with { Features = VirtioFeatures.Version1 });
        Assert.Equal([1, 2, 3], front.Request(0, [1, 2, 3], 8));
    }

    [Fact]
    public void Setting_features_while_rings_run_changes_no_ring()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice(2));
        using FrontEndDevice front = backEnd.Attach(TestOptions.Queues(2));
        for (int i = 0; i < 3; i++)
        {
            Assert.True(front.Connection.SetFeatures(front.Features).IsPositive);
            Assert.Equal([1, 2], front.Request(i & 1, [1, 2], 8));
        }

        front.Connection.SetVringEnable(1, false).ThrowIfNegative();
        Assert.True(front.Connection.SetFeatures(front.Features).IsPositive);
        front.Post(1, 4);
        Assert.Equal([3], front.Request(0, [3], 8));
        Assert.False(front.Queues[1].HasUsed, "SET_FEATURES enabled a ring");
        Assert.Equal(0, backEnd.With(d => d.Journal.Count("stopping 0")));
    }

    // A request is in the ring, and the kick for it was sent to nobody.
    private static DriverQueue Prepare(FrontEndDevice front, out ulong answer)
    {
        front.Connection.SetFeatures(front.Features).ThrowIfNegative();
        DriverQueue queue = front.Queues[0];
        queue.Notifier = new EventFdNotifier();
        front.Connection.SetVringCall(0, queue.Notifier.CallFd).ThrowIfNegative();
        ulong question = front.Memory.Regions[0].GuestAddress + 0x8000;
        answer = question + 0x1000;
        front.Memory.Write(question, [1, 2, 3, 4]);
        front.Memory.Span(answer, 4).Clear();
        queue.Add(DriverBuffer.Readable(question, 4), DriverBuffer.Writable(answer, 16));
        queue.Publish();
        return queue;
    }

    private static Ack Step(FrontEndDevice front, string step)
    {
        FrontEndConnection c = front.Connection;
        DriverQueue queue = front.Queues[0];
        return step switch
        {
            "MEM" => c.SetMemTable(front.Memory),
            "NUM" => c.SetVringNum(0, queue.Size),
            "BASE" => c.SetVringBase(0, queue.RingBase),
            "ADDR" => c.SetVringAddr(queue.RingAddress),
            "KICK" => c.SetVringKick(0, queue.Notifier!.KickFd),
            "ENABLE" => c.SetVringEnable(0, true),
            _ => throw new ArgumentException(step),
        };
    }

    private static IEnumerable<string[]> Permutations(string[] steps)
    {
        if (steps.Length == 1)
            return [steps];
        return steps.SelectMany(first => Permutations([.. steps.Where(s => s != first)]).Select(rest => (string[])[first, .. rest]));
    }
}
