// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux.Tests;

public class EventLoopDeferredTests : LeakChecked
{
    private readonly List<string> _log = [];

    [Fact]
    public void Deferred_work_runs_once_after_its_handler()
    {
        using EventLoop loop = Expect.NewLoop();
        using OwnedFd fd = Expect.NewEventFd();
        Work work = new(() => _log.Add("deferred"));
        Handler handler = new(_ =>
        {
            loop.Defer(work);
            _log.Add("handler");
        });
        using FdWatch watch = Expect.Made(loop.Watch(fd.Fd, Readiness.Readable | Readiness.EdgeTriggered, handler, out FdWatch? w), w);
        EventFd.Signal(fd.Fd).Ok();
        loop.Turn(Expect.Timeout, out _).Ok();
        Assert.Equal(["handler", "deferred"], _log);
        loop.Turn(0, out _).Ok();
        Assert.Equal(2, _log.Count);
    }

    /// <summary>The next handler may be the one that takes the guest's memory away.</summary>
    [Fact]
    public void Deferred_work_runs_before_the_next_handler()
    {
        using EventLoop loop = Expect.NewLoop();
        using OwnedFd a = Expect.NewEventFd();
        using OwnedFd b = Expect.NewEventFd();
        Work work = new(() => _log.Add("deferred"));
        Handler handler = new(_ =>
        {
            _log.Add("handler");
            loop.Defer(work);
        });
        using FdWatch watchA = Expect.Made(loop.Watch(a.Fd, Readiness.Readable, handler, out FdWatch? wa), wa);
        using FdWatch watchB = Expect.Made(loop.Watch(b.Fd, Readiness.Readable, handler, out FdWatch? wb), wb);
        EventFd.Signal(a.Fd).Ok();
        EventFd.Signal(b.Fd).Ok();
        loop.Turn(Expect.Timeout, out int dispatched).Ok();
        Assert.Equal(2, dispatched);
        Assert.Equal(["handler", "deferred", "handler", "deferred"], _log);
    }

    [Fact]
    public void Deferred_work_may_defer_again_in_the_same_turn()
    {
        using EventLoop loop = Expect.NewLoop();
        Work? work = null;
        work = new Work(() =>
        {
            _log.Add("deferred");
            if (_log.Count < 3)
                loop.Defer(work!);
        });
        loop.Defer(work);
        loop.Turn(0, out _).Ok();
        Assert.Equal(3, _log.Count);
        loop.Turn(0, out _).Ok();
        Assert.Equal(3, _log.Count);
    }

    [Fact]
    public void Work_deferred_by_a_posted_action_runs_after_that_action()
    {
        using EventLoop loop = Expect.NewLoop();
        Work work = new(() => _log.Add("deferred"));
        loop.Post(() =>
        {
            loop.Defer(work);
            _log.Add("first");
        });
        loop.Post(() => _log.Add("second"));
        loop.Turn(Expect.Timeout, out _).Ok();
        Assert.Equal(["first", "deferred", "second"], _log);
    }

    [Fact]
    public void Work_deferred_outside_of_any_handler_runs_before_the_loop_sleeps()
    {
        using EventLoop loop = Expect.NewLoop();
        loop.Defer(new Work(loop.Stop));
        OnThread.Run(() => loop.Run().Ok());
    }

    private sealed class Work(Action action) : IDeferred
    {
        public void RunDeferred() => action();
    }
}
