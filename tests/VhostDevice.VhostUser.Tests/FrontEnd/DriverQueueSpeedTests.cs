// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.Tests.Shared;
using VhostDevice.VhostUser.FrontEnd;
using Xunit;

namespace VhostDevice.VhostUser.Tests.FrontEnd;

/// <summary>Steady state allocates nothing, and no wake-up is lost between two threads.</summary>
public sealed class DriverQueueSpeedTests
{
    private const int Requests = 100_000;
    private const ushort Size = 64;

    /// <summary>Longer than any pause of a busy machine, shorter than patience.</summary>
    private static readonly TimeSpan s_stuck = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    public void Nothing_is_allocated(bool eventIdx, bool indirect)
    {
        using FrontEndMemory memory = new(1 << 20);
        using SplitDriverQueue queue = new(memory, 0, Size, eventIdx, ringBase: 40_000);
        using EventFdNotifier notifier = new();
        queue.Notifier = notifier;
        DeviceModel device = new(memory, queue.Placement, Size, eventIdx, 40_000);

        Run(queue, device, indirect, 1000);
        Assert.Equal(0, Allocated.Least(() => Run(queue, device, indirect, Requests)));
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 1)]
    [InlineData(true, 8)]
    [InlineData(false, 8)]
    public async Task No_wake_up_is_lost(bool eventIdx, int depth)
    {
        using FrontEndMemory memory = new(1 << 20);
        using SplitDriverQueue queue = new(memory, 0, Size, eventIdx);
        using EventFdNotifier notifier = new();
        queue.Notifier = notifier;
        DeviceModel device = new(memory, queue.Placement, Size, eventIdx, 0);
        Task serving = Task.Factory.StartNew(
            () => Serve(device, notifier, Requests),
            TestContext.Current.CancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);

        ulong calls;
        try
        {
            calls = Drive(queue, depth);
        }
        finally
        {
            // The memory must not go before the thread that reads it.
            await serving.WaitAsync(2 * s_stuck, TestContext.Current.CancellationToken);
        }

        Assert.InRange(notifier.Kicks, 1, Requests);
        Assert.InRange(calls + notifier.TakeCalls(), 1UL, (ulong)Requests);
    }

    [Fact]
    public void Waiting_ends_in_time()
    {
        using FrontEndMemory memory = new(1 << 20);
        using SplitDriverQueue queue = new(memory, 0, Size, eventIdx: true);
        using EventFdNotifier notifier = new();
        queue.Notifier = notifier;
        Assert.False(queue.WaitForUsed(TimeSpan.FromMilliseconds(5)));
        Assert.False(queue.SpinForUsed(TimeSpan.FromMilliseconds(5)));
        Assert.False(notifier.WaitForCall(TimeSpan.Zero));
        Assert.False(notifier.WaitForError(TimeSpan.Zero));

        // A call without a used entry wakes nobody for good, and counts.
        Assert.True(EventFd.Signal(notifier.CallFd!.Fd).IsSuccess);
        Assert.False(queue.WaitForUsed(TimeSpan.FromMilliseconds(5)));
        Assert.True(EventFd.Signal(notifier.CallFd!.Fd).IsSuccess);
        Assert.True(notifier.WaitForCall(TimeSpan.Zero));
        Assert.False(notifier.WaitForCall(TimeSpan.Zero));
        Assert.Equal(2UL, notifier.TakeCalls());
        Assert.Equal(0UL, notifier.TakeCalls());

        Assert.True(EventFd.Signal(notifier.ErrFd!.Fd).IsSuccess);
        Assert.True(notifier.WaitForError(TimeSpan.Zero));
        Assert.False(notifier.WaitForError(TimeSpan.Zero));
    }

    private static void Run(SplitDriverQueue queue, DeviceModel device, bool indirect, int requests)
    {
        DriverBuffer readable = DriverBuffer.Readable(FrontEndMemory.DefaultGuestAddress, 16);
        DriverBuffer writable = DriverBuffer.Writable(FrontEndMemory.DefaultGuestAddress, 64);
        for (int done = 0; done < requests;)
        {
            while (indirect ? queue.TryAddMixed(default, [readable, writable], out _) : queue.TryAdd([readable, writable], out _))
                continue;
            queue.Submit();
            while (device.Available > 0)
                device.Use(device.Take(null), 64);
            device.AskForKick();
            device.PublishUsed();
            if (device.DriverWantsInterrupt())
                EventFd.Signal(queue.Notifier!.CallFd!.Fd);
            if (!queue.WaitForUsed(s_stuck))
                throw new TimeoutException("stuck");
            while (queue.TryPop(out _))
                done++;
            queue.Notifier!.TakeCalls();
        }
    }

    private static ulong Drive(SplitDriverQueue queue, int depth)
    {
        ulong calls = 0;
        int added = 0;
        for (int done = 0; done < Requests;)
        {
            while (added < Requests && queue.InFlight < depth)
            {
                queue.Add(DriverBuffer.Writable(FrontEndMemory.DefaultGuestAddress, 8));
                added++;
            }

            queue.Submit();
            Assert.True(queue.WaitForUsed(s_stuck), $"stuck after {done} requests");
            for (; queue.TryPop(out UsedChain used); done++)
                Assert.Equal(8u, used.Length);
            calls += queue.Notifier!.TakeCalls();
        }

        return calls;
    }

    private static void Serve(DeviceModel device, EventFdNotifier notifier, int requests)
    {
        for (int done = 0; done < requests;)
        {
            if (!device.AskForKick())
            {
                Assert.True(EventFd.Wait(notifier.KickFd!.Fd, (int)s_stuck.TotalMilliseconds), $"no kick after {done} requests");
                EventFd.Consume(notifier.KickFd.Fd, out _);
                continue;
            }

            device.RefuseKicks();
            for (; device.Available > 0; done++)
                device.Use(device.Take(null), 8);
            device.PublishUsed();
            if (device.DriverWantsInterrupt())
                EventFd.Signal(notifier.CallFd!.Fd);
        }
    }
}
