// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux.Tests;

/// <summary>What is looked at when a wait brought nothing.</summary>
public sealed class EventLoopInterruptedTests : LeakChecked
{
    [Fact]
    public void It_is_looked_at_when_nothing_is_ready()
    {
        using EventLoop loop = Expect.Made(EventLoop.Create(out EventLoop? made), made);
        Source source = new(loop);
        loop.AddInterrupted(source);
        loop.Turn(0, out int dispatched).Ok();
        Assert.Equal(0, dispatched);
        Assert.Equal((1, 1), (source.Looks, source.Deferred));

        loop.Post(static () => { });
        loop.Turn(0, out dispatched).Ok();
        Assert.Equal(1, dispatched);
        Assert.Equal((1, 1), (source.Looks, source.Deferred));

        loop.RemoveInterrupted(source);
        loop.Turn(0, out _).Ok();
        Assert.Equal((1, 1), (source.Looks, source.Deferred));
    }

    /// <summary>Puts work off, too, which runs in the same turn.</summary>
    private sealed class Source(EventLoop loop) : IInterrupted, IDeferred
    {
        internal int Looks { get; private set; }

        internal int Deferred { get; private set; }

        public void OnInterrupted()
        {
            Looks++;
            loop.Defer(this);
        }

        public void RunDeferred() => Deferred++;
    }
}
