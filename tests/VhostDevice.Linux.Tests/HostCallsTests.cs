// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;

namespace VhostDevice.Linux.Tests;

/// <summary>Calls that may wait are made on a worker, in batches; on the loop while they are quick.</summary>
public sealed class HostCallsTests : LeakChecked
{
    private static readonly TimeSpan s_slow = TimeSpan.FromMilliseconds(2);

    [Fact]
    public void Slow_calls_are_made_elsewhere_in_order_and_come_back_together()
    {
        using EventLoop loop = NewLoop();
        using HostCalls calls = new("test-calls");
        Batch batch = new(loop, count: 5);
        Assert.False(calls.Make(batch));
        Assert.True(batch.IsOut);
        Turn(loop, () => batch.Dones == 1);
        Assert.False(batch.IsOut);
        Assert.Equal(Enumerable.Range(0, 5), batch.Calls.Select(c => c.Number));
        Assert.DoesNotContain(Environment.CurrentManagedThreadId, batch.Calls.Select(c => c.Thread));
    }

    [Fact]
    public void Quick_calls_come_to_the_loop_and_leave_it_with_the_first_slow_one()
    {
        using EventLoop loop = NewLoop();
        using HostCalls calls = new("test-calls");
        Batch batch = new(loop, count: 8);
        BecomeQuick(loop, calls, batch);

        int here = Environment.CurrentManagedThreadId;
        batch.Calls.Clear();
        batch.Takes = n => n == 3 ? s_slow : TimeSpan.Zero;
        Assert.False(calls.Make(batch));
        Turn(loop, () => batch.Dones == 1);
        Assert.Equal(Enumerable.Range(0, 8), batch.Calls.Select(c => c.Number));
        int onLoop = batch.Calls.Count(c => c.Thread == here);
        Assert.InRange(onLoop, 1, 4); // fewer when the machine is too busy
        Assert.All(batch.Calls.Take(onLoop), c => Assert.Equal(here, c.Thread));

        // The way back.
        batch.Takes = static _ => TimeSpan.Zero;
        BecomeQuick(loop, calls, batch);
    }

    [Fact]
    public void Nobody_waits_for_slow_calls_behind_his_own()
    {
        using EventLoop loop = NewLoop();
        using ManualResetEventSlim gate = new();
        using HostCalls calls = new("test-calls");
        Batch batch = new(loop, count: 3) { Takes = static n => n == 0 ? s_slow : TimeSpan.Zero };
        batch.Before = n =>
        {
            if (n == 1)
                gate.Wait();
        };
        Assert.False(calls.Make(batch));
        Turn(loop, () => batch.Reported == 1);
        Assert.Equal(0, batch.Dones);
        gate.Set();
        Turn(loop, () => batch.Dones == 1);
    }

    [Fact]
    public void A_loop_does_not_wait_for_the_call_of_another()
    {
        using EventLoop loop = NewLoop();
        using EventLoop other = NewLoop();
        using ManualResetEventSlim begun = new();
        using ManualResetEventSlim gate = new();
        using HostCalls calls = new("test-calls");
        Batch batch = new(loop, count: 1);
        BecomeQuick(loop, calls, batch);
        Batch slow = new(other, count: 1)
        {
            Before = _ =>
            {
                begun.Set();
                gate.Wait();
            },
        };
        Thread theirs = new(() => calls.Make(slow));
        theirs.Start();
        begun.Wait(TestContext.Current.CancellationToken);
        batch.Dones = 0;
        Assert.False(calls.Make(batch));
        gate.Set();
        theirs.Join();
        Turn(loop, () => batch.Dones == 1);
    }

    [Fact]
    public void A_batch_that_is_cancelled_leaves_out_what_has_not_begun()
    {
        using EventLoop loop = NewLoop();
        using ManualResetEventSlim begun = new();
        using ManualResetEventSlim gate = new();
        using HostCalls calls = new("test-calls");
        Batch batch = new(loop, count: 4);
        batch.Before = n =>
        {
            if (n != 0)
                return;
            begun.Set();
            gate.Wait();
        };
        Assert.False(calls.Make(batch));
        begun.Wait(TestContext.Current.CancellationToken);
        batch.Cancel();
        gate.Set();
        Turn(loop, () => batch.Dones == 1);
        Assert.Equal([0], batch.Calls.Select(c => c.Number));
        Assert.Equal(3, batch.LeftOut);
        // The next one is whole again.
        batch.Calls.Clear();
        batch.Before = null;
        if (!calls.Make(batch))
            Turn(loop, () => batch.Dones == 2);
        Assert.Equal(4, batch.Calls.Count);
    }

    [Fact]
    public void Nothing_overtakes_a_batch_that_is_made_in_order()
    {
        using EventLoop loop = NewLoop();
        using ManualResetEventSlim gate = new();
        using HostCalls calls = new("test-calls");
        Batch later = new(loop, count: 1);
        BecomeQuick(loop, calls, later);
        later.Calls.Clear();
        // Others would make theirs on the loop now.
        Batch first = new(loop, count: 1) { Before = _ => gate.Wait() };
        calls.MakeInOrder(first);
        Assert.False(calls.Make(later));
        Assert.Empty(later.Calls);
        gate.Set();
        Turn(loop, () => later.Dones == 1 && first.Dones == 1);
        BecomeQuick(loop, calls, later);
    }

    [Fact]
    public void A_batch_that_is_not_begun_can_be_taken_back()
    {
        using EventLoop loop = NewLoop();
        using ManualResetEventSlim begun = new();
        using ManualResetEventSlim gate = new();
        using HostCalls calls = new("test-calls");
        Batch first = new(loop, count: 1)
        {
            Before = _ =>
            {
                begun.Set();
                gate.Wait();
            },
        };
        Batch second = new(loop, count: 1);
        Assert.False(calls.Make(first));
        calls.MakeInOrder(second);
        begun.Wait(TestContext.Current.CancellationToken);
        Assert.True(calls.TryTakeBack(second));
        Assert.False(second.IsOut);
        Assert.False(calls.TryTakeBack(first));
        gate.Set();
        Turn(loop, () => first.Dones == 1);
        Assert.Empty(second.Calls);
        // It holds nobody any more.
        first.Before = null;
        BecomeQuick(loop, calls, first);
    }

    [Fact]
    public void Quick_calls_that_say_nothing_of_others_do_not_bring_them_to_the_loop()
    {
        using EventLoop loop = NewLoop();
        using HostCalls calls = new("test-calls");
        Batch batch = new(loop, count: 10) { IsSilent = true };
        for (int i = 1; i <= 10; i++)
        {
            Assert.False(calls.Make(batch));
            Turn(loop, () => batch.Dones == i);
        }

        batch.IsSilent = false;
        BecomeQuick(loop, calls, batch);
    }

    [Fact]
    public void The_end_waits_for_one_call_only()
    {
        using EventLoop loop = NewLoop();
        using ManualResetEventSlim begun = new();
        using ManualResetEventSlim gate = new();
        HostCalls calls = new("test-calls");
        Batch batch = new(loop, count: 4);
        batch.Before = n =>
        {
            begun.Set();
            gate.Wait();
        };
        Assert.False(calls.Make(batch));
        begun.Wait(TestContext.Current.CancellationToken);
        Thread end = new(calls.Dispose);
        end.Start();
        while (end.ThreadState != System.Threading.ThreadState.WaitSleepJoin && end.IsAlive)
            Thread.Yield();
        gate.Set();
        end.Join();
        Assert.Equal([0], batch.Calls.Select(c => c.Number));
    }

    private static void BecomeQuick(EventLoop loop, HostCalls calls, Batch batch)
    {
        // How many it takes depends on how busy the machine is.
        long end = Environment.TickCount64 + 20_000;
        bool here = false;
        while (!here)
        {
            Assert.True(Environment.TickCount64 < end, "the calls do not come to the loop");
            batch.Dones = 0;
            here = calls.Make(batch);
            if (!here)
                Turn(loop, () => batch.Dones == 1);
        }

        batch.Dones = 0;
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

    private sealed class Batch(EventLoop loop, int count) : CallBatch(loop)
    {
        internal List<(int Number, int Thread)> Calls { get; } = [];

        internal Func<int, TimeSpan> Takes { get; set; } = static _ => TimeSpan.Zero;

        internal Action<int>? Before { get; set; }

        internal int LeftOut { get; private set; }

        internal int Reported { get; private set; }

        internal int Dones { get; set; }

        internal bool IsSilent { get; set; }

        protected override int Count => count;

        protected override bool SpeaksForOthers(int number) => !IsSilent;

        protected override void Call(int number)
        {
            if (IsCancelled)
            {
                LeftOut++;
                return;
            }

            Before?.Invoke(number);
            TimeSpan takes = Takes(number);
            for (long begun = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(begun) < takes;)
                Thread.SpinWait(10);
            Calls.Add((number, Environment.CurrentManagedThreadId));
        }

        protected override void Made(int count) => Reported = count;

        protected override void Done(Exception? fault)
        {
            Assert.Null(fault);
            Dones++;
        }
    }
}
