// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.TestKit;
using VhostDevice.TestKit.Devices;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.VhostUser.Wire;
using VhostDevice.Virtio.Queues;
using Xunit;

namespace VhostDevice.VhostUser.Tests.BackEnd;

/// <summary>Rings and chains of a driver that has gone mad, end to end.</summary>
[Collection(BackEndCollection.Name)]
public sealed class HostileRingTests : LeakChecked
{
    private const ulong Unmapped = 0x9_0000_0000;

    public static TheoryData<string> Places { get; } =
        [
            "descriptors unmapped", "available unmapped", "used unmapped", "descriptors at the end", "used at the end",
            "descriptors odd", "available odd", "used odd", "all ones",
        ];

    public static TheoryData<string> Chains { get; } =
    [
        "loop to itself", "loop of two", "next outside", "buffer unmapped", "buffer wraps", "buffer leaves memory", "readable after writable",
        "indirect of length 0", "indirect of odd length", "indirect unmapped", "indirect wraps", "indirect within indirect", "indirect with next",
        "indirect loop", "indirect next outside", "more than 4 GiB",
    ];

    [Theory]
    [MemberData(nameof(Places))]
    public void A_ring_that_lies_nowhere_does_not_start_until_it_lies_somewhere(string place)
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice(2));
        using FrontEndDevice front = backEnd.Attach(TestOptions.Queues(2));
        _ = front.Connection.GetVringBase(0);
        VringAddress address = front.Queues[0].RingAddress;
        ulong end = front.Memory.Regions[0].UserAddress + front.Memory.Regions[0].Size;
        front.Connection.SetVringAddr(place switch
        {
            "descriptors unmapped" => address with { Descriptor = Unmapped },
            "available unmapped" => address with { Available = Unmapped },
            "used unmapped" => address with { Used = Unmapped },
            "descriptors at the end" => address with { Descriptor = end - 16 },
            "used at the end" => address with { Used = end - 4 },
            "descriptors odd" => address with { Descriptor = address.Descriptor + 8 },
            "available odd" => address with { Available = address.Available + 1 },
            "used odd" => address with { Used = address.Used + 2 },
            _ => address with { Descriptor = ulong.MaxValue, Available = ulong.MaxValue, Used = ulong.MaxValue },
        }).ThrowIfNegative();
        front.Connection.SetVringKick(0, front.Queues[0].Notifier!.KickFd).ThrowIfNegative();
        front.Post(0, 4);
        Assert.Equal([1], front.Request(1, [1], 1));
        Assert.False(front.Queues[0].HasUsed);
        Assert.Contains("ring 0 cannot start", Assert.Single(backEnd.Log.From(LogLevel.Warning)), StringComparison.Ordinal);

        front.Connection.SetVringAddr(address).ThrowIfNegative();
        _ = front.Queues[0].Take();
        Assert.Equal([2], front.Request(0, [2], 1));
    }

    [Theory]
    [MemberData(nameof(Chains))]
    public void A_malformed_chain_comes_back_empty_and_the_ring_goes_on(string what)
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndDevice front = backEnd.Attach();
        for (int i = 0; i < 3; i++)
        {
            AddMalformed(front, what);
            Assert.Equal(0u, front.Queues[0].Take().Length);
            Assert.Equal([(byte)i, 2], front.Request(0, [(byte)i, 2], 2));
        }

        Assert.Equal(3, backEnd.With(d => d.Answers));
        Assert.Empty(backEnd.Log.From(LogLevel.Warning));
    }

    [Fact]
    public unsafe void A_head_that_does_not_exist_is_passed_over()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndDevice front = backEnd.Attach();
        SplitDriverQueue queue = front.Split(0);
        queue.Add(DriverBuffer.Writable(front.Memory.Allocate(4), 4));
        queue.AvailableRing[0] = 16;
        queue.Submit();
        queue.AvailableRing[1] = 0xffff;
        Assert.Equal(0u, Malformed(front).Length);

        UsedChain Malformed(FrontEndDevice f)
        {
            // The chain of the first request, offered once more after the bad head.
            *queue.AvailableIndex = 2;
            queue.AvailableRing[1] = 0;
            queue.Kick();
            return queue.Take();
        }
    }

    [Fact]
    public unsafe void The_same_head_twice_is_served_once_at_a_time()
    {
        using TestBackEnd<HoldingDevice> backEnd = new(() => new HoldingDevice());
        using FrontEndDevice front = backEnd.Attach();
        SplitDriverQueue queue = front.Split(0);
        front.Post(0, 4);
        backEnd.Until(d => d.Held.Count == 1, "first");
        queue.AvailableRing[1] = 0;
        Volatile.Write(ref *queue.AvailableIndex, 2);
        queue.Kick();
        backEnd.Settle();
        Assert.Equal(1, backEnd.With(d => d.Held.Count));
        backEnd.With(d => d.Complete(0));
        Assert.Equal(4u, queue.Take().Length);
    }

    [Theory]
    [InlineData(17)]
    [InlineData(1000)]
    [InlineData(0x8000)]
    [InlineData(0xffff)]
    public unsafe void An_index_that_jumps_breaks_its_ring_only_and_the_front_end_is_told(int index)
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice(2));
        using FrontEndDevice front = backEnd.Attach(TestOptions.Queues(2));
        Volatile.Write(ref *front.Split(0).AvailableIndex, (ushort)index);
        front.Queues[0].Kick();
        Assert.True(front.Queues[0].Notifier!.WaitForError(LoopThread.Patience));
        Assert.Contains("ring 0 is broken", Assert.Single(backEnd.Log.From(LogLevel.Warning)), StringComparison.Ordinal);
        Assert.Equal([1], front.Request(1, [1], 1));

        // More kicks make no more noise.
        front.Queues[0].Kick();
        backEnd.Settle();
        Assert.Single(backEnd.Log.From(LogLevel.Warning));
        Assert.False(front.Queues[0].Notifier!.WaitForError(TimeSpan.Zero));

        // Set up anew on the same connection, without a stop in between and with one.
        front.Queues[0].Reset();
        front.StartQueue(front.Queues[0]);
        Assert.Equal([2], front.Request(0, [2], 1));
        Volatile.Write(ref *front.Split(0).AvailableIndex, (ushort)(index + 1));
        front.Queues[0].Kick();
        Assert.True(front.Queues[0].Notifier!.WaitForError(LoopThread.Patience));
        _ = front.Connection.GetVringBase(0);
        front.Queues[0].Reset();
        front.StartQueue(front.Queues[0]);
        Assert.Equal([3], front.Request(0, [3], 1));
    }

    [Fact]
    public unsafe void A_broken_ring_is_told_in_band_too()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndDevice front = backEnd.Attach(TestOptions.Small with { Notifications = QueueNotifications.InBand });
        Volatile.Write(ref *front.Split(0).AvailableIndex, 99);
        front.Queues[0].Kick();
        Assert.True(front.Queues[0].Notifier!.WaitForError(LoopThread.Patience));
    }

    [Fact]
    public unsafe void A_ring_that_breaks_keeps_no_request_from_being_completed()
    {
        using TestBackEnd<HoldingDevice> backEnd = new(() => new HoldingDevice());
        using FrontEndDevice front = backEnd.Attach();
        front.Post(0, 4);
        backEnd.Until(d => d.Held.Count == 1, "request taken");
        Volatile.Write(ref *front.Split(0).AvailableIndex, 99);
        front.Queues[0].Kick();
        Assert.True(front.Queues[0].Notifier!.WaitForError(LoopThread.Patience));
        backEnd.With(d => d.Complete(0));
        _ = front.Connection.GetVringBase(0);
    }

    private static unsafe void AddMalformed(FrontEndDevice front, string what)
    {
        SplitDriverQueue queue = front.Split(0);
        ulong data = front.Memory.Allocate(64);
        ulong end = front.Memory.Regions[0].GuestAddress + front.Memory.Regions[0].Size;
        bool indirect = what.StartsWith("indirect", StringComparison.Ordinal);
        ushort id = indirect
            ? queue.AddIndirect(DriverBuffer.Readable(data, 8), DriverBuffer.Writable(data + 8, 8))
            : queue.Add(DriverBuffer.Readable(data, 8), DriverBuffer.Writable(data + 8, 8));
        SplitDescriptor* first = queue.Descriptors + id;
        SplitDescriptor* second = indirect ? (SplitDescriptor*)front.Memory.Pointer(first->Address, 32) + 1 : queue.Descriptors + first->Next;
        switch (what)
        {
            case "loop to itself":
                first->Next = id;
                break;
            case "loop of two":
                second->Flags |= DescriptorFlags.Next;
                second->Flags &= ~DescriptorFlags.Write;
                second->Next = id;
                break;
            case "next outside":
                first->Next = 16;
                break;
            case "buffer unmapped":
                second->Address = Unmapped;
                break;
            case "buffer wraps":
                second->Address = ulong.MaxValue - 3;
                break;
            case "buffer leaves memory":
                second->Address = end - 7;
                break;
            case "readable after writable":
                first->Flags |= DescriptorFlags.Write;
                second->Flags &= ~DescriptorFlags.Write;
                break;
            case "indirect of length 0":
                first->Length = 0;
                break;
            case "indirect of odd length":
                first->Length = 17;
                break;
            case "indirect unmapped":
                first->Address = Unmapped;
                break;
            case "indirect wraps":
                first->Address = ulong.MaxValue - 15;
                break;
            case "indirect within indirect":
                second->Flags = DescriptorFlags.Indirect;
                break;
            case "indirect with next":
                first->Flags |= DescriptorFlags.Next;
                break;
            case "indirect loop":
                second->Flags |= DescriptorFlags.Next;
                second->Next = 1;
                break;
            case "indirect next outside":
                second->Flags |= DescriptorFlags.Next;
                second->Next = 2;
                break;
            default:
                first->Length = second->Length = uint.MaxValue;
                break;
        }

        queue.Submit();
    }
}
