// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux.Tests;

/// <summary>Work that may wait is done elsewhere, and its end is told on the loop.</summary>
public sealed class WorkerTests : LeakChecked
{
    [Fact]
    public void An_item_is_done_on_the_worker_and_comes_back_on_the_loop()
    {
        using EventLoop loop = NewLoop();
        using Worker worker = new("test-worker");
        Item item = new(loop);
        for (int i = 1; i <= 3; i++)
        {
            worker.Add(item);
            Assert.True(item.IsOut);
            Assert.Throws<InvalidOperationException>(() => worker.Add(item));
            Turn(loop, () => item.Dones == i);
            Assert.False(item.IsOut);
        }

        Assert.Equal(3, item.Works);
        Assert.NotEqual(Environment.CurrentManagedThreadId, item.WorkThread);
        Assert.Equal(Environment.CurrentManagedThreadId, item.DoneThread);
    }

    [Fact]
    public unsafe void A_worker_may_have_a_larger_stack()
    {
        using EventLoop loop = NewLoop();
        using Worker worker = new("test-worker", 8 << 20);
        Item item = new(loop, static () =>
        {
            // More than the usual stack has, from end to end.
            byte* bytes = stackalloc byte[6 << 20];
            for (int i = 0; i < 6 << 20; i += 4096)
                bytes[i] = 1;
        });
        worker.Add(item);
        Turn(loop, () => item.Dones == 1);
        Assert.Throws<ArgumentOutOfRangeException>(static () => new Worker("test-worker", 1));
    }

    [Fact]
    public void Items_are_done_in_the_order_they_came()
    {
        using EventLoop loop = NewLoop();
        using Worker worker = new("test-worker");
        using ManualResetEventSlim gate = new();
        List<int> order = [];
        Item[] items = [.. Enumerable.Range(0, 20).Select(i => new Item(loop, () =>
        {
            gate.Wait();
            order.Add(i);
        }))];
        foreach (Item item in items)
            worker.Add(item);
        gate.Set();
        Turn(loop, () => items.All(i => i.Dones == 1));
        Assert.Equal(Enumerable.Range(0, 20), order);
    }

    [Fact]
    public void An_item_that_is_not_begun_can_be_taken_back()
    {
        using EventLoop loop = NewLoop();
        using Worker worker = new("test-worker");
        using ManualResetEventSlim gate = new();
        Item first = new(loop, gate.Wait);
        Item[] others = [new(loop), new(loop), new(loop)];
        worker.Add(first);
        foreach (Item item in others)
            worker.Add(item);
        Assert.True(worker.TryTakeBack(others[2]));
        Assert.True(worker.TryTakeBack(others[0]));
        Assert.False(worker.TryTakeBack(others[0]));
        Assert.Equal((false, true), (others[0].IsOut, others[1].IsOut));
        worker.Add(others[0]);
        gate.Set();
        Turn(loop, () => first.Dones == 1 && others[0].Dones == 1 && others[1].Dones == 1);
        Assert.False(worker.TryTakeBack(first));
        Assert.Equal(0, others[2].Works);
    }

    [Fact]
    public void A_fault_comes_back_with_the_item_and_the_worker_goes_on()
    {
        using EventLoop loop = NewLoop();
        using Worker worker = new("test-worker");
        bool fails = true;
        Item item = new(loop, () =>
        {
            if (fails)
                throw new InvalidOperationException("a mistake");
        });
        worker.Add(item);
        Turn(loop, () => item.Dones == 1);
        Assert.Equal("a mistake", item.Fault?.Message);
        fails = false;
        worker.Add(item);
        Turn(loop, () => item.Dones == 2);
        Assert.Null(item.Fault);
    }

    [Fact]
    public void The_end_waits_for_what_is_being_done_and_drops_the_rest()
    {
        using EventLoop loop = NewLoop();
        using ManualResetEventSlim begun = new();
        using ManualResetEventSlim gate = new();
        Item first = new(loop, () =>
        {
            begun.Set();
            gate.Wait();
        });
        Item second = new(loop);
        Worker worker = new("test-worker");
        worker.Add(first);
        worker.Add(second);
        begun.Wait(TestContext.Current.CancellationToken);
        Thread end = new(worker.Dispose);
        end.Start();
        // The end must have been asked for before the first item may go on.
        while (end.ThreadState != ThreadState.WaitSleepJoin && end.IsAlive)
            Thread.Yield();
        gate.Set();
        end.Join();
        Assert.Equal(1, first.Works);
        Assert.Equal(0, second.Works);
        worker.Add(new Item(loop)); // nothing happens
    }

    [Fact]
    public void A_loop_that_has_gone_is_no_harm()
    {
        EventLoop loop = NewLoop();
        using Worker worker = new("test-worker");
        Item item = new(loop, loop.Dispose);
        worker.Add(item);
        using EventLoop other = NewLoop();
        Item next = new(other);
        worker.Add(next);
        Turn(other, () => next.Dones == 1);
        Assert.Equal((1, 0), (item.Works, item.Dones));
    }

    private static EventLoop NewLoop()
    {
        Assert.True(EventLoop.Create(out EventLoop? loop).IsSuccess);
        return loop!;
    }

    private static void Turn(EventLoop loop, Func<bool> until)
    {
        for (int i = 0; !until(); i++)
        {
            Assert.True(i < 1000, "it does not come back");
            Assert.True(loop.Turn(20_000, out int dispatched).IsSuccess);
            Assert.True(dispatched > 0, "not in time");
        }
    }

    private sealed class Item(EventLoop loop, Action? work = null) : WorkItem(loop)
    {
        internal int Works { get; private set; }

        internal int Dones { get; private set; }

        internal int WorkThread { get; private set; }

        internal int DoneThread { get; private set; }

        internal Exception? Fault { get; private set; }

        protected override void Work()
        {
            Works++;
            WorkThread = Environment.CurrentManagedThreadId;
            work?.Invoke();
        }

        protected override void Done(Exception? fault)
        {
            Dones++;
            Fault = fault;
            DoneThread = Environment.CurrentManagedThreadId;
        }
    }
}
