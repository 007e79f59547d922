// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using CsCheck;
using VhostDevice.TestKit;
using VhostDevice.TestKit.Devices;
using VhostDevice.VhostUser.BackEnd;
using VhostDevice.VhostUser.FrontEnd;
using Xunit;

namespace VhostDevice.VhostUser.Tests.BackEnd;

/// <summary>Two rings under arbitrary control messages, against the state machine: served is exactly what may be.</summary>
[Collection(BackEndCollection.Name)]
public sealed class RingModelTests : LeakChecked
{
    private enum Step
    {
        Post,
        PostUnkicked,
        Enable,
        Disable,
        Stop,
        Start,
        NewKick,
        ResetOwner,
        SetFeatures,
        SetMemTable,
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_is_served_follows_the_state_of_each_ring(bool packed)
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice(2));
        using FrontEndMemory memory = new(1 << 20);
        Gen<(Step, int)[]> conversations = Gen.Select(Gen.Enum<Step>(), Gen.Int[0, 1]).Array[1, 40];
        conversations.Sample(steps => Converse(backEnd, memory, packed, steps), iter: packed ? 150 : 300, threads: 1);
    }

    private static void Converse(TestBackEnd<EchoDevice> backEnd, FrontEndMemory memory, bool packed, (Step Step, int Ring)[] steps)
    {
        FrontEndDeviceOptions options = TestOptions.Queues(2) with { Memory = memory };
        using FrontEndDevice front = backEnd.Attach(packed ? options.Packed() : options);
        Model[] models = [new(), new()];
        foreach ((Step step, int ring) in steps)
        {
            Apply(front, step, ring, models);
            backEnd.Settle();
            for (int i = 0; i < 2; i++)
                models[i].Check(front.Queues[i], $"ring {i} after {step} {ring}");
        }
    }

    private static void Apply(FrontEndDevice front, Step step, int ring, Model[] models)
    {
        FrontEndConnection c = front.Connection;
        DriverQueue queue = front.Queues[ring];
        Model model = models[ring];
        switch (step)
        {
            case Step.Post or Step.PostUnkicked when queue.FreeDescriptors > 0:
                queue.Add(DriverBuffer.Writable(front.Memory.Regions[0].GuestAddress + 0x80000, 4));
                queue.Publish();
                model.Posted++;
                if (step == Step.Post)
                {
                    queue.Kick();
                    model.Kicked = true;
                }

                break;
            case Step.Enable:
                c.SetVringEnable((uint)ring, true).ThrowIfNegative();
                model.After(RingEvent.EnabledByFrontEnd);
                break;
            case Step.Disable:
                c.SetVringEnable((uint)ring, false).ThrowIfNegative();
                model.After(RingEvent.DisabledByFrontEnd);
                break;
            case Step.Stop:
                Assert.Equal(Base(model.Served, queue), c.GetVringBase((uint)ring));
                model.After(RingEvent.BaseAsked);
                break;
            case Step.Start when !model.State.IsLive:
                front.StartQueue(queue);
                model.After(RingEvent.Kicked);
                break;
            case Step.NewKick:
                c.SetVringKick((uint)ring, queue.Notifier!.KickFd).ThrowIfNegative();
                model.After(RingEvent.Kicked);
                break;
            case Step.ResetOwner:
                c.ResetOwner().ThrowIfNegative();
                foreach (Model each in models)
                    each.After(RingEvent.DisabledByFrontEnd);
                break;
            case Step.SetFeatures:
                c.SetFeatures(front.Features).ThrowIfNegative();
                break;
            case Step.SetMemTable:
                c.SetMemTable(front.Memory).ThrowIfNegative();
                break;
            default:
                break; // not possible now
        }
    }

    // Each request has one descriptor.
    private static uint Base(int served, DriverQueue queue)
    {
        if (queue is SplitDriverQueue)
            return (ushort)served;
        uint position = (uint)(served % queue.Size) | (served / queue.Size % 2 == 0 ? 0x8000u : 0);
        return position | (position << 16);
    }

    private sealed class Model
    {
        internal RingState State { get; private set; } = new(Started: true, Enabled: true);

        internal int Posted { get; set; }

        internal int Served { get; private set; }

        /// <summary>Whether the back-end has a reason to look.</summary>
        internal bool Kicked { get; set; }

        internal void After(RingEvent e)
        {
            bool wasLive = State.IsLive;
            State = State.After(e);
            // A ring that becomes live, or gets another kick descriptor, is looked at without a kick.
            Kicked |= State.IsLive && (!wasLive || e == RingEvent.Kicked);
        }

        internal void Check(DriverQueue queue, string when)
        {
            int served = Served;
            while (queue.TryPop(out _))
                Served++;
            if (State.IsLive && Kicked)
                Assert.True(Served == Posted, $"{when}: {Served} of {Posted} served");
            if (!State.IsLive)
                Assert.True(Served == served, $"{when}: served while {State}");
            Kicked = false;
        }
    }
}
