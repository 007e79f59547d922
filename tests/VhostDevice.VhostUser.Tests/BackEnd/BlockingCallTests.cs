// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Linux;
using VhostDevice.TestKit;
using VhostDevice.TestKit.Devices;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.Virtio;
using Xunit;

namespace VhostDevice.VhostUser.Tests.BackEnd;

/// <summary>
/// An eventfd that a front-end makes blocking after the hand-over (O_NONBLOCK belongs to all who have it), and fills:
/// that costs this front-end its connection, and everybody else a moment.
/// </summary>
[Collection(BackEndCollection.Name)]
public sealed class BlockingCallTests : LeakChecked
{
    private const int Rings = 3;

    private static readonly FrontEndDeviceOptions s_options =
        TestOptions.Queues(Rings) with { Features = VirtioFeatures.Version1 | VirtioFeatures.ProtocolFeatures };

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_call_descriptor_freezes_nobody_else(int loops)
    {
        using LoopThread thread = new();
        using TestBackEnd<EchoDevice> hostile = new(() => new EchoDevice(Rings), shared: thread, loops: loops);
        using TestBackEnd<EchoDevice> other = new(() => new EchoDevice(), shared: thread);
        using FrontEndDevice neighbour = other.Attach();
        using (FrontEndDevice front = hostile.Attach(s_options))
        {
            using OwnedFd call = Expect.NewEventFd();
            for (int i = 0; i < Rings; i++)
                front.Connection.SetVringCall((uint)i, call).ThrowIfNegative();
            Block(call);
            for (int i = 0; i < Rings; i++)
                front.Post(i, 4);
            AssertEnds(hostile, front);
        }

        Assert.Equal([1], neighbour.Request(0, [1], 1));
        AssertNextIsServed(hostile);
    }

    [Fact]
    public void A_log_descriptor_freezes_nobody_else()
    {
        using LoopThread thread = new();
        using TestBackEnd<EchoDevice> hostile = new(() => new EchoDevice(), shared: thread);
        using TestBackEnd<EchoDevice> other = new(() => new EchoDevice(), shared: thread);
        using FrontEndDevice neighbour = other.Attach();
        using (FrontEndDevice front = hostile.Attach(TestOptions.Migrating))
        using (DirtyBitmap log = DirtyBitmap.For(front.Memory))
        {
            using OwnedFd told = Expect.NewEventFd();
            front.Connection.SetLogFd(told).ThrowIfNegative();
            Block(told);
            front.StartLog(log);
            front.Post(0, 4);
            AssertEnds(hostile, front);
        }

        Assert.Equal([1], neighbour.Request(0, [1], 1));
    }

    [Fact]
    public void An_err_descriptor_freezes_nobody_else()
    {
        using LoopThread thread = new();
        using TestBackEnd<EchoDevice> hostile = new(() => new EchoDevice(), shared: thread);
        using TestBackEnd<EchoDevice> other = new(() => new EchoDevice(), shared: thread);
        using FrontEndDevice neighbour = other.Attach();
        using (FrontEndDevice front = hostile.Attach())
        {
            using OwnedFd error = Expect.NewEventFd();
            front.Connection.SetVringErr(0, error).ThrowIfNegative();
            Block(error);
            unsafe
            {
                Volatile.Write(ref *front.Split(0).AvailableIndex, 1000);
            }

            front.Queues[0].Kick();
            AssertEnds(hostile, front);
        }

        Assert.Equal([1], neighbour.Request(0, [1], 1));
    }

    /// <summary>One that comes again and again to do the same takes less and less of the others' time.</summary>
    [Fact]
    public void The_device_is_given_to_nobody_for_a_while_afterwards()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice(Rings));
        using (FrontEndDevice front = backEnd.Attach(s_options))
        {
            using OwnedFd call = Expect.NewEventFd();
            front.Connection.SetVringCall(0, call).ThrowIfNegative();
            Block(call);
            front.Post(0, 4);
            AssertEnds(backEnd, front);
        }

        // Whoever only asks is answered.
        using (FrontEndConnection prober = backEnd.Connect())
            Assert.Null(BackEndProbe.Run(prober).Problem);
        AssertNextIsServed(backEnd);
        Assert.Contains(backEnd.Log.From(LogLevel.Information), l => l.Contains("waits for a while", StringComparison.Ordinal));
    }

    private static void AssertEnds(TestBackEnd<EchoDevice> backEnd, FrontEndDevice front)
    {
        Assert.True(front.Connection.WaitForDisconnect(LoopThread.Patience), "the connection is still there");
        Assert.Contains(backEnd.Log.From(LogLevel.Warning), l => l.Contains("made blocking and full", StringComparison.Ordinal));
    }

    private static void AssertNextIsServed(TestBackEnd<EchoDevice> backEnd)
    {
        using FrontEndDevice next = backEnd.Attach(s_options);
        Assert.Equal([7], next.Request(0, [7], 1));
    }

    private static void Block(OwnedFd fd)
    {
        Files.SetBlocking(fd.Fd).Ok();
        Expect.Write(fd, BitConverter.GetBytes(ulong.MaxValue - 1));
    }
}
