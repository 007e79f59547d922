// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Linux;
using VhostDevice.TestKit;
using VhostDevice.TestKit.Devices;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.VhostUser.Wire;
using VhostDevice.Virtio;
using Xunit;

namespace VhostDevice.VhostUser.Tests.BackEnd;

/// <summary>A front-end whose guest has memory that nobody else sees is told about in the log, once, with what to write.</summary>
[Collection(BackEndCollection.Name)]
public sealed class SharingTests : LeakChecked
{
    private static readonly TimeSpan s_short = TimeSpan.FromMilliseconds(10);

    [Fact]
    public void Rings_without_any_memory_are_warned_of_once()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice(2), memoryPatience: s_short);
        using FrontEndConnection c = backEnd.Connect();
        using OwnedFd kick = Expect.NewEventFd();
        StartRing(c, 0, kick);
        StartRing(c, 1, kick);
        backEnd.Thread.Until(() => Warnings(backEnd) > 0, "a warning");
        AssertTellsWhatToWrite(backEnd);
        Assert.Contains(backEnd.DescribeState(), l => l.Contains("  memory: the VMM shares no memory", StringComparison.Ordinal));
        EventFd.Signal(kick.Fd).Ok();
        c.SetVringEnable(0, true).ThrowIfNegative();
        backEnd.Thread.AssertIdle();
        Assert.Equal(1, Warnings(backEnd));
    }

    /// <summary>A guest with share=off: kicks arrive, and the ring stays as empty as it was made.</summary>
    [Fact]
    public void Kicks_for_a_ring_that_never_has_anything_are_warned_of_once()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice(2));
        using FrontEndDevice front = backEnd.Attach(TestOptions.Queues(2));
        // QEMU's own, at the start of each ring.
        Kick(backEnd, front, 0, 1);
        Kick(backEnd, front, 1, 1);
        Assert.Equal(0, Warnings(backEnd));
        Kick(backEnd, front, 0, 2);
        Kick(backEnd, front, 1, 2);
        backEnd.Thread.Until(() => Warnings(backEnd) > 0, "a warning");
        AssertTellsWhatToWrite(backEnd);
        Assert.Equal(1, Warnings(backEnd));
        Assert.Contains(backEnd.DescribeState(), l => l.Contains("most likely not shared", StringComparison.Ordinal));
        // If it was something else after all, nothing is lost.
        Assert.Equal([1], front.Request(0, [1], 1));
    }

    [Fact]
    public void Needless_kicks_for_a_ring_that_had_something_are_nothing_to_tell()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndDevice front = backEnd.Attach();
        Assert.Equal([1], front.Request(0, [1], 1));
        ulong before = backEnd.Counters.Queue(0).Kicks;
        for (ulong i = 1; i <= 5; i++)
            Kick(backEnd, front, 0, before + i);
        Assert.Equal(0, Warnings(backEnd));
    }

    // Until it was served: two that are not seen apart are one.
    private static void Kick(TestBackEnd<EchoDevice> backEnd, FrontEndDevice front, int ring, ulong kicks)
    {
        front.Queues[ring].Kick();
        backEnd.Thread.Until(() => backEnd.Counters.Queue(ring).Kicks >= kicks, "a kick");
        backEnd.Settle();
    }

    private static void StartRing(FrontEndConnection c, uint ring, OwnedFd kick)
    {
        c.SetFeatures(VirtioFeatures.Version1 | VirtioFeatures.ProtocolFeatures).ThrowIfNegative();
        c.SetVringNum(ring, 16).ThrowIfNegative();
        c.SetVringBase(ring, 0).ThrowIfNegative();
        c.SetVringAddr(new VringAddress { Index = ring, Descriptor = 0x10000, Available = 0x20000, Used = 0x30000 }).ThrowIfNegative();
        c.SetVringKick(ring, kick).ThrowIfNegative();
        c.SetVringEnable(ring, true).ThrowIfNegative();
        _ = c.GetFeatures();
    }

    private static int Warnings(TestBackEnd<EchoDevice> backEnd) => backEnd.Log.From(LogLevel.Warning).Count;

    private static void AssertTellsWhatToWrite(TestBackEnd<EchoDevice> backEnd)
    {
        string line = backEnd.Log.From(LogLevel.Warning)[0];
        Assert.Contains("memory-backend-memfd", line, StringComparison.Ordinal);
        Assert.Contains("share=on", line, StringComparison.Ordinal);
        Assert.Contains("shared=on", line, StringComparison.Ordinal);
    }
}
