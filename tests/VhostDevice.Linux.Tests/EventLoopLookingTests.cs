// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux.Tests;

/// <summary>The look at a source before the loop sleeps. What counts: the source is told before each sleep.</summary>
public sealed class EventLoopLookingTests : LeakChecked
{
    [Fact]
    public void A_loop_that_does_not_run_looks_at_nothing()
    {
        using EventLoop loop = Expect.NewLoop();
        Assert.False(loop.LooksBeforeSleep(new Source(loop, finds: 0)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1000)]
    public void A_source_is_told_to_prepare_before_the_loop_sleeps(int finds)
    {
        Assert.SkipUnless(Environment.ProcessorCount > 1, "with one processor nothing is looked at");
        using EventLoop loop = Expect.NewLoop();
        Source source = new(loop, finds);
        using OwnedFd prepared = Expect.NewEventFd();
        source.Prepared = () => EventFd.Signal(prepared.Fd);
        OnThread thread = OnThread.Start(() =>
        {
            loop.Post(() => Assert.True(source.Ask()));
            loop.Run().Ok();
        });
        Assert.True(EventFd.Wait(prepared.Fd, Expect.Timeout));
        loop.Stop();
        thread.Join();
        Assert.Equal(finds, source.Found);
        Assert.Equal(1, source.Preparations);
    }

    /// <summary>A source that always has something must not keep the loop from its descriptors, actions and yielded work.</summary>
    [Fact]
    public void Others_have_their_turn_while_a_source_is_busy()
    {
        Assert.SkipUnless(Environment.ProcessorCount > 1, "with one processor nothing is looked at");
        using EventLoop loop = Expect.NewLoop();
        using OwnedFd fd = Expect.NewEventFd();
        Source source = new(loop, finds: int.MaxValue);
        int ready = 0;
        using FdWatch watch = Expect.Made(loop.Watch(fd.Fd, Readiness.Readable, new Handler(_ =>
        {
            EventFd.Consume(fd.Fd, out ulong _).Ok();
            if (++ready == 100)
                loop.Stop();
            else
                loop.Post(() => loop.Yield(new Work(() => EventFd.Signal(fd.Fd))));
        }), out FdWatch? w), w);
        EventFd.Signal(fd.Fd).Ok();
        loop.Post(() => Assert.True(source.Ask()));
        OnThread.Run(() => loop.Run().Ok());
        Assert.Equal(100, ready);
        Assert.True(source.Found > 0);
    }

    /// <summary>What a find yields is done before the next look, so that the loop sleeps over none of it.</summary>
    [Fact]
    public void Work_that_a_find_yields_is_done_before_the_source_is_looked_at_again()
    {
        Assert.SkipUnless(Environment.ProcessorCount > 1, "with one processor nothing is looked at");
        const int Finds = 1000;
        using EventLoop loop = Expect.NewLoop();
        Source source = new(loop, Finds) { Prepared = loop.Stop };
        List<int> foundByThen = [];
        source.OnFound = () => loop.Yield(new Work(() => foundByThen.Add(source.Found)));
        loop.Post(() => Assert.True(source.Ask()));
        OnThread.Run(() => loop.Run().Ok());
        Assert.Equal(Enumerable.Range(1, Finds), foundByThen);
    }

    [Fact]
    public void Work_that_yields_again_and_again_while_a_source_is_busy_starves_nobody()
    {
        Assert.SkipUnless(Environment.ProcessorCount > 1, "with one processor nothing is looked at");
        using EventLoop loop = Expect.NewLoop();
        using OwnedFd fd = Expect.NewEventFd();
        Source source = new(loop, finds: int.MaxValue);
        int rounds = 0;
        Work again = null!;
        again = new Work(() =>
        {
            rounds++;
            loop.Yield(again);
        });
        using FdWatch watch = Expect.Made(loop.Watch(fd.Fd, Readiness.Readable, new Handler(_ => loop.Stop()), out FdWatch? w), w);
        EventFd.Signal(fd.Fd).Ok();
        loop.Post(() =>
        {
            Assert.True(source.Ask());
            loop.Yield(again);
        });
        OnThread.Run(() => loop.Run().Ok());
        Assert.True(rounds > 0);
    }

    [Fact]
    public void A_source_that_is_taken_away_is_looked_at_no_more()
    {
        Assert.SkipUnless(Environment.ProcessorCount > 1, "with one processor nothing is looked at");
        using EventLoop loop = Expect.NewLoop();
        Source source = new(loop, finds: int.MaxValue);
        loop.Post(() =>
        {
            Assert.True(source.Ask());
            loop.RemovePolled(source);
            loop.Post(loop.Stop);
        });
        OnThread.Run(() => loop.Run().Ok());
        Assert.Equal(0, source.Found);
        Assert.Equal(0, source.Preparations);
    }

    /// <summary>Has something so many times, and asks for another look each time.</summary>
    private sealed class Source(EventLoop loop, int finds) : IPolled
    {
        internal int Found { get; private set; }

        internal int Preparations { get; private set; }

        internal Action? Prepared { get; set; }

        internal Action? OnFound { get; set; }

        internal bool Ask() => loop.LooksBeforeSleep(this);

        public bool Poll()
        {
            if (Found == finds)
                return false;
            Found++;
            OnFound?.Invoke();
            _ = Ask();
            return true;
        }

        public bool PrepareToSleep()
        {
            Preparations++;
            Prepared?.Invoke();
            return false;
        }
    }

    private sealed class Work(Action action) : IDeferred
    {
        public void RunDeferred() => action();
    }
}
