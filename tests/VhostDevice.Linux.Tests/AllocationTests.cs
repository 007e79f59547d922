// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Tests.Shared;

namespace VhostDevice.Linux.Tests;

/// <summary>What the data path calls leaves nothing for the garbage collector.</summary>
public unsafe class AllocationTests : LeakChecked
{
    private const int Operations = 100_000;

    [Fact]
    public void The_meter_sees_an_allocation() =>
        Assert.True(Allocated.Least(static () => Repeat(static () => GC.KeepAlive(new object()), Operations)) >= Operations * 16L);

    [Fact]
    public void Signal_consume_and_looks_at_an_eventfd()
    {
        using OwnedFd fd = Expect.NewEventFd();
        int n = fd.Fd;
        AssertNone(() =>
        {
            _ = EventFd.Signal(n);
            _ = EventFd.CanSignal(n);
            _ = EventFd.Wait(n, 0);
            _ = EventFd.Consume(n, out _);
            // EAGAIN, an error by value.
            _ = EventFd.Consume(n, out _);
        });
    }

    [Fact]
    public void A_turn_of_the_loop_with_a_ready_descriptor()
    {
        using EventLoop loop = Expect.NewLoop();
        using OwnedFd fd = Expect.NewEventFd();
        Deferring handler = new(loop, fd.Fd);
        using FdWatch watch = Expect.Made(loop.Watch(fd.Fd, Readiness.Readable, handler, out FdWatch? w), w);
        AssertNone(() =>
        {
            _ = EventFd.Signal(handler.Fd);
            _ = loop.Turn(-1, out _);
        });
        Assert.True(handler.Calls >= Operations);
        Assert.Equal(handler.Calls, handler.DeferredCalls);
    }

    [Fact]
    public void A_change_of_interest_and_a_timer()
    {
        using EventLoop loop = Expect.NewLoop();
        using OwnedFd fd = Expect.NewEventFd();
        using FdWatch watch = Expect.Made(loop.Watch(fd.Fd, Readiness.Readable, new Deferring(loop, fd.Fd), out FdWatch? w), w);
        using LoopTimer timer = Expect.Made(loop.CreateTimer(static () => { }, out LoopTimer? t), t);
        AssertNone(() =>
        {
            watch.Interest = watch.Interest == Readiness.None ? Readiness.Readable : Readiness.None;
            timer.Start(TimeSpan.FromHours(1));
            timer.Cancel();
        });
    }

    /// <summary>
    /// The loop's own thread measures itself, with and without polling. A polling loop looks at descriptors only every
    /// 20 µs, but passes many more times meanwhile.
    /// </summary>
    [Theory]
    [InlineData(0, Operations)]
    [InlineData(20, Operations / 20)]
    public void A_running_loop(int pollMicroseconds, int kicks)
    {
        using EventLoop loop = Expect.NewLoop();
        loop.PollTime = TimeSpan.FromMicroseconds(pollMicroseconds);
        using OwnedFd fd = Expect.NewEventFd();
        SelfKick kick = new(loop, fd.Fd, kicks);
        loop.AddPolled(kick);
        using FdWatch watch = Expect.Made(loop.Watch(fd.Fd, Readiness.Readable | Readiness.EdgeTriggered, kick, out FdWatch? w), w);
        EventFd.Signal(fd.Fd).Ok();
        OnThread.Run(() => loop.Run().Ok());
        Assert.Equal(0, kick.Allocated);
    }

    [Fact]
    public void Reads_and_writes()
    {
        using OwnedFd file = Expect.NewMemFd(4096);
        byte* memory = stackalloc byte[64];
        IoVec[] vectors = [new(memory, 32), new(memory + 32, 32)];
        int n = file.Fd;
        AssertNone(() =>
        {
            _ = FileIo.PReadV(n, vectors, 0, out _);
            _ = FileIo.PWriteV(n, vectors, 0, out _);
            _ = FileIo.ReadV(n, vectors, out _);
            _ = FileIo.WriteV(n, vectors, out _);
            _ = FileIo.Read(n, vectors[0].Base, vectors[0].Length, out _);
            _ = FileIo.Write(n, vectors[0].Base, 0, out _);
            _ = FileIo.Read(-1, vectors[0].Base, 1, out _);
        });
    }

    [Fact]
    public void Random_bytes()
    {
        byte* memory = stackalloc byte[64];
        nint address = (nint)memory;
        AssertNone(() => _ = KernelRandom.Fill((byte*)address, 64, out _));
    }

    [Fact]
    public void Messages_without_descriptors()
    {
        (OwnedFd near, OwnedFd far) = Expect.NewPair();
        using (near)
        using (far)
        {
            byte[] bytes = new byte[12];
            List<OwnedFd> fds = [];
            AssertNone(() =>
            {
                _ = FdMessage.Send(near.Fd, bytes, [], out _);
                _ = FdMessage.Receive(far.Fd, bytes, 8, fds, out _, out _);
            });
        }
    }

    private static void AssertNone(Action operation)
    {
        Repeat(operation, 1_000);
        Assert.Equal(0, Allocated.Least(() => Repeat(operation, Operations)));
    }

    private static void Repeat(Action operation, int times)
    {
        for (int i = 0; i < times; i++)
            operation();
    }

    private sealed class Deferring(EventLoop loop, int fd) : IFdHandler, IDeferred
    {
        internal int Fd => fd;

        internal int Calls { get; private set; }

        internal int DeferredCalls { get; private set; }

        public void OnReady(Readiness readiness)
        {
            Calls++;
            _ = EventFd.Consume(fd, out _);
            loop.Defer(this);
        }

        public void RunDeferred() => DeferredCalls++;
    }

    /// <summary>Each kick makes the next, so that the loop is never out of work.</summary>
    private sealed class SelfKick(EventLoop loop, int fd, int kicks) : IFdHandler, IPolled
    {
        private const int WarmUp = 1_000;

        // What the runtime allocates once on the thread, when it compiles anew, is in one of them.
        private const int Parts = 4;

        private readonly int _part = kicks / Parts;
        private int _kicks;
        private long _before;

        /// <summary>In the part with the least.</summary>
        internal long Allocated { get; private set; } = long.MaxValue;

        public void OnReady(Readiness readiness)
        {
            int measured = ++_kicks - WarmUp;
            if (measured >= 0 && measured % _part == 0)
            {
                long now = GC.GetAllocatedBytesForCurrentThread();
                if (measured > 0)
                    Allocated = Math.Min(Allocated, now - _before);
                _before = now;
                if (measured == Parts * _part)
                    loop.Stop();
            }

            _ = EventFd.Signal(fd);
        }

        public bool Poll() => false;

        public bool PrepareToSleep() => false;
    }
}
