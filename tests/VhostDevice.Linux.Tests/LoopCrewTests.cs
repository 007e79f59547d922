// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux.Tests;

/// <summary>Several loops, of which one can have the others stand still.</summary>
public sealed class LoopCrewTests : LeakChecked
{
    private const int Others = 3;

    [Fact]
    public void The_leader_owns_everything_while_the_others_stand_still()
    {
        using Crew crew = new();
        Counter[] counters = [.. Enumerable.Range(1, Others).Select(i => new Counter(crew.Loops.At(i)))];
        foreach (Counter counter in counters)
            counter.Begin();
        for (int round = 0; round < 200; round++)
        {
            crew.Lead(() =>
            {
                using LoopCrew.Pause still = crew.Loops.StandStill();
                using (crew.Loops.StandStill())
                {
                    // A nested one ends nothing.
                }

                long[] before = [.. counters.Select(c => c.Turns)];
                Assert.All(counters, c => Assert.False(c.IsInHandler));
                // Without a lock: nobody else is at work.
                foreach (Counter counter in counters)
                    counter.Given++;
                Thread.Yield();
                Assert.Equal(before, counters.Select(c => c.Turns));
            });
        }

        foreach (Counter counter in counters)
            counter.End();
        // None was lost, as when a loop had been in the middle of its step.
        Assert.All(counters, c => Assert.Equal(200, c.Given));
    }

    [Fact]
    public void What_a_loop_deferred_is_done_before_it_stands_still()
    {
        using Crew crew = new();
        for (int i = 0; i < 100; i++)
        {
            Late late = new();
            EventLoop loop = crew.Loops.At(1 + (i % Others));
            loop.Post(() => loop.Defer(late));
            crew.Lead(() =>
            {
                using LoopCrew.Pause still = crew.Loops.StandStill();
                Assert.Equal(1, late.Runs);
            });
        }
    }

    [Fact]
    public void What_a_loop_is_given_while_it_stands_still_is_done_afterwards_on_its_own_thread()
    {
        using Crew crew = new();
        Late deferred = new();
        Late yielded = new();
        crew.Lead(() =>
        {
            using LoopCrew.Pause still = crew.Loops.StandStill();
            crew.Loops.At(1).Defer(deferred);
            crew.Loops.At(2).Yield(yielded);
            Assert.Equal(0, deferred.Runs + yielded.Runs);
            Assert.False(crew.Loops.At(1).IsCurrent);
            Assert.True(crew.Loops.Leader.IsCurrent);
        });
        SpinWait.SpinUntil(() => Volatile.Read(ref deferred.Runs) == 1 && Volatile.Read(ref yielded.Runs) == 1, Expect.Timeout);
        int[] threads = [.. Enumerable.Range(0, Others + 1).Select(i => crew.ThreadOf(i))];
        Assert.Equal(Others + 1, threads.Distinct().Count());
        Assert.Equal(threads[1], deferred.Thread);
        Assert.Equal(threads[2], yielded.Thread);
    }

    [Fact]
    public void Nobody_waits_for_a_loop_that_has_ended()
    {
        using Crew crew = new();
        crew.Loops.At(2).Stop();
        for (int i = 0; i < 20; i++)
        {
            crew.Lead(() =>
            {
                using LoopCrew.Pause still = crew.Loops.StandStill();
            });
        }
    }

    /// <summary>A fault on another loop, in front of the call to stand still, leaves the leader with nobody to wait for.</summary>
    [Fact]
    public void A_fault_on_another_loop_does_not_keep_it_from_standing_still()
    {
        int faults = 0;
        using Crew crew = new((_, _) => Interlocked.Increment(ref faults));
        using ManualResetEventSlim blocked = new();
        using ManualResetEventSlim go = new();
        // All three wait in the loop's mailbox at the same time.
        crew.Loops.At(1).Post(() =>
        {
            blocked.Set();
            Assert.True(go.Wait(Expect.Timeout));
        });
        Assert.True(blocked.Wait(Expect.Timeout, TestContext.Current.CancellationToken));
        crew.Loops.At(1).Post(() => throw new InvalidOperationException("a fault"));
        crew.Lead(() =>
        {
            OnThread other = OnThread.Start(go.Set);
            using LoopCrew.Pause still = crew.Loops.StandStill();
            other.Join();
        });
        Assert.Equal(1, faults);
    }

    [Fact]
    public void Numbers_begin_again_where_there_are_no_more_loops()
    {
        using Crew crew = new();
        Assert.Equal(Others + 1, crew.Loops.Count);
        Assert.Same(crew.Loops.Leader, crew.Loops.At(0));
        Assert.Same(crew.Loops.Leader, crew.Loops.At(Others + 1));
        Assert.Same(crew.Loops.At(1), crew.Loops.At(Others + 2));
    }

    private sealed class Crew : IDisposable
    {
        private readonly EventLoop _leader = Expect.NewLoop();
        private readonly OnThread _thread;

        internal Crew(Action<Exception, string>? onFault = null)
        {
            _leader.OnFault = onFault;
            Loops = Expect.Made(LoopCrew.Create(_leader, Others, out LoopCrew? crew), crew);
            Loops.Start(loop => loop.Run().Ok());
            _thread = OnThread.Start(() => _leader.Run().Ok());
        }

        internal LoopCrew Loops { get; }

        /// <summary>Does something on the leader's thread, and waits for it.</summary>
        internal void Lead(Action action)
        {
            TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _leader.Post(() =>
            {
                try
                {
                    action();
                    done.SetResult();
                }
#pragma warning disable CA1031 // Every failure is carried over to the test's thread.
                catch (Exception e)
#pragma warning restore CA1031
                {
                    done.SetException(e);
                }
            });
            Assert.True(Task.WaitAny([done.Task], Expect.Timeout) == 0, "the leader did not get to it in time");
            done.Task.GetAwaiter().GetResult();
        }

        internal int ThreadOf(int number)
        {
            TaskCompletionSource<int> thread = new(TaskCreationOptions.RunContinuationsAsynchronously);
            Loops.At(number).Post(() => thread.SetResult(Environment.CurrentManagedThreadId));
            Assert.True(thread.Task.Wait(Expect.Timeout, TestContext.Current.CancellationToken));
            return thread.Task.GetAwaiter().GetResult();
        }

        public void Dispose()
        {
            _leader.Stop();
            _thread.Join();
            Loops.Dispose();
            _leader.Dispose();
        }
    }

    private sealed class Late : IDeferred
    {
        internal int Runs;

        internal int Thread { get; private set; }

        public void RunDeferred()
        {
            Thread = Environment.CurrentManagedThreadId;
            Volatile.Write(ref Runs, Runs + 1);
        }
    }

    /// <summary>Is at work all the time, on what the leader gives it.</summary>
    private sealed class Counter(EventLoop loop)
    {
        private readonly ManualResetEventSlim _ended = new();
        private volatile bool _ends;

        internal long Turns { get; private set; }

        internal long Given { get; set; }

        internal bool IsInHandler { get; private set; }

        internal void Begin() => loop.Post(Work);

        internal void End()
        {
            _ends = true;
            Assert.True(_ended.Wait(Expect.Timeout, TestContext.Current.CancellationToken));
            _ended.Dispose();
        }

        private void Work()
        {
            IsInHandler = true;
            Turns++;
            // In steps that another thread's change in between would spoil.
            long given = Given;
            Thread.SpinWait(50);
            Given = given;
            IsInHandler = false;
            if (_ends)
                _ended.Set();
            else
                loop.Post(Work);
        }
    }
}
