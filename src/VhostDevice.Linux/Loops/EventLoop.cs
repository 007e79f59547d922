// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Collections.Concurrent;
using System.Diagnostics;

namespace VhostDevice.Linux;

/// <summary>
/// One thread's event loop over epoll. Everything but <see cref="Post"/> and <see cref="Stop"/> belongs to the thread
/// that calls <see cref="Run"/> (or, before that, to the one that sets the loop up): one loop, one owner, no locks.
/// What a handler, an action or deferred work throws costs that one item; see <see cref="OnFault"/>.
/// </summary>
public sealed partial class EventLoop : IDisposable
{
    // Between polls a look at epoll costs a system call, so every 20 µs.
    private static readonly long s_lookTicks = Stopwatch.Frequency / 50_000;

    private readonly Epoll _epoll;
    private readonly OwnedFd _wake;
    private readonly ConcurrentQueue<Action> _posted = new();
    private readonly List<FdWatch?> _watches = [];
    private readonly Stack<int> _free = new();
    private readonly DeferredList _deferred = new();
    private readonly List<IPolled> _polled = [];
    private readonly List<IInterrupted> _interrupted = [];
    private DeferredList _next = new();
    private DeferredList _current = new();
    private long _pollTicks;
    private int _postedCount; // of those in the queue that are sure to be found there
    private bool _mail;
    private uint _generation;
    private int _thread;
    private volatile bool _stopping;
    private bool _disposed;

    private EventLoop(Epoll epoll, OwnedFd wake)
    {
        _epoll = epoll;
        _wake = wake;
        _resting = new RestingWatches(this);
    }

    /// <summary>How long the loop looks at its <see cref="IPolled"/> sources after the last work before it sleeps. 0: never.</summary>
    public TimeSpan PollTime
    {
        get => Stopwatch.GetElapsedTime(0, _pollTicks);
        set => _pollTicks = (long)(value.TotalSeconds * Stopwatch.Frequency);
    }

    public bool IsPolling => _pollTicks > 0;

    // The queue itself takes several times as long to say so, and is asked several times a turn.
    private bool HasPosted => Volatile.Read(ref _postedCount) > 0;

    /// <summary>Whether the calling thread is the one in <see cref="Run"/>.</summary>
    public bool IsCurrent => _thread == Environment.CurrentManagedThreadId;

    public static Errno Create(out EventLoop? loop)
    {
        loop = null;
        Errno errno = Epoll.Create(out Epoll? epoll);
        if (errno.IsError)
            return errno;
        errno = EventFd.Create(nonBlocking: true, out OwnedFd? wake);
        if (errno.IsError)
        {
            epoll!.Dispose();
            return errno;
        }

        EventLoop made = new(epoll!, wake!);
        errno = made.Watch(wake!.Fd, Readiness.Readable, new Mailbox(made), out _);
        if (errno.IsError)
        {
            made.Dispose();
            return errno;
        }

        loop = made;
        return Errno.Success;
    }

    /// <summary>
    /// Watches a descriptor until the returned watch is disposed, which must happen before the descriptor is closed.
    /// EPERM: the file does not support readiness (a regular file).
    /// </summary>
    public Errno Watch(int fd, Readiness interest, IFdHandler handler, out FdWatch? watch)
    {
        FdWatch made = new(this, NextSlot(), fd, interest, handler);
        Errno errno = Enter(made, fd, interest);
        watch = errno.IsSuccess ? made : null;
        return errno;
    }

    /// <summary>
    /// As <see cref="Watch(int, Readiness, IFdHandler, out FdWatch?)"/>, for a descriptor that is of no use unwatched: a
    /// failure closes it.
    /// </summary>
    internal Errno Watch(OwnedFd fd, Readiness interest, IFdHandler handler, out FdWatch? watch)
    {
        Errno errno = Watch(fd.Fd, interest, handler, out watch);
        if (errno.IsError)
            fd.Dispose();
        return errno;
    }

    /// <summary>A timer whose <paramref name="expired"/> runs on this loop.</summary>
    public Errno CreateTimer(Action expired, out LoopTimer? timer) => LoopTimer.Create(this, expired, out timer);

    /// <summary>Runs <paramref name="action"/> on the loop's thread, soon. From any thread; posts to a stopped loop are dropped.</summary>
    public void Post(Action action)
    {
        _posted.Enqueue(action);
        Interlocked.Increment(ref _postedCount);
        Wake();
    }

    /// <summary>Ends <see cref="Run"/> after the current turn. From any thread.</summary>
    public void Stop()
    {
        _stopping = true;
        Wake();
    }

    /// <summary>Runs <paramref name="work"/> once after the current handler. The caller remembers that it asked.</summary>
    public void Defer(IDeferred work) => _deferred.Add(work);

    /// <summary>Runs <paramref name="work"/> in the next turn, after the descriptors that are ready by then: for work that yields.</summary>
    public void Yield(IDeferred work) => _next.Add(work);

    public void AddInterrupted(IInterrupted source) => _interrupted.Add(source);

    public void RemoveInterrupted(IInterrupted source) => _interrupted.Remove(source);

    public void AddPolled(IPolled source) => _polled.Add(source);

    /// <summary>Neither polls nor looks at a source any more.</summary>
    public void RemovePolled(IPolled source)
    {
        _polled.Remove(source);
        _looking.Remove(source);
    }

    /// <summary>Serves until <see cref="Stop"/>.</summary>
    /// <returns>Success, or what epoll_wait failed with.</returns>
    public Errno Run()
    {
        _thread = Environment.CurrentManagedThreadId;
        SharedCalls calls = SharedCalls.Enter();
        _isRunning = true;
        try
        {
            while (!_stopping)
            {
                Errno errno = _pollTicks > 0 && _polled.Count > 0 ? PollThenTurn()
                    : _looking.Count > 0 ? LookThenTurn()
                    : Turn(-1, out _);
                if (errno.IsError)
                    return errno;
            }

            return Errno.Success;
        }
        finally
        {
            _isRunning = false;
            calls.Leave();
        }
    }

    /// <summary>One wait and the dispatch of what it brought.</summary>
    /// <param name="timeoutMilliseconds">-1 waits for ever, 0 not at all.</param>
    /// <param name="dispatched">How many descriptors were ready.</param>
    public Errno Turn(int timeoutMilliseconds, out int dispatched)
    {
        // Deferred work may have been asked for outside of any handler (set-up code).
        RunDeferred();
        if (_resting.Count > 0)
            timeoutMilliseconds = _resting.EndThoseDue(timeoutMilliseconds);
        _mail = HasPosted;
        dispatched = _epoll.Wait(_mail || _next.Count > 0 ? 0 : timeoutMilliseconds, out Errno errno);
        for (int i = 0; dispatched == 0 && i < _interrupted.Count; i++)
        {
            Interrupted(_interrupted[i]);
            RunDeferred();
        }

        for (int i = 0; i < dispatched; i++)
        {
            ulong token = _epoll.Event(i, out Readiness readiness);
            FdWatch? watch = _watches[(int)(uint)token];
            // A handler that ran earlier in this batch may have ended this watch and its slot may serve another.
            if (watch is null || watch.Token != token)
                continue;
            Handle(watch, readiness);
            RunDeferred();
        }

        // Posted, and its signal is still to come.
        if (_mail)
            RunPosted();
        if (_next.Count > 0)
            RunYielded();
        if (_fault is not null)
            ThrowFault();
        return errno;
    }

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _wake.Dispose();
        _epoll.Dispose();
    }

    internal void Silence(FdWatch watch) => _ = _epoll.Remove(watch.Fd);

    internal void Hear(FdWatch watch) => _ = _epoll.Add(watch.Fd, watch.Interest, watch.Token);

    internal Errno Change(FdWatch watch, Readiness interest) => _epoll.Modify(watch.Fd, interest, watch.Token);

    internal void Unwatch(FdWatch watch)
    {
        if (_disposed)
            return;
        _ = _epoll.Remove(watch.Fd);
        Forget(watch);
    }

    internal Errno Rewatch(FdWatch watch, int fd, Readiness interest)
    {
        watch.Begin(NextSlot(), fd, interest);
        return Enter(watch, fd, interest);
    }

    internal void Forget(FdWatch watch)
    {
        if (_disposed)
            return;
        _watches[watch.Slot] = null;
        _free.Push(watch.Slot);
    }

    internal uint NextGeneration() => ++_generation;

    private int NextSlot() => _free.Count > 0 ? _free.Pop() : _watches.Count;

    private Errno Enter(FdWatch watch, int fd, Readiness interest)
    {
        Errno errno = _epoll.Add(fd, interest, watch.Token);
        if (errno.IsError)
        {
            if (watch.Slot < _watches.Count)
                _free.Push(watch.Slot);
            return errno;
        }

        if (watch.Slot == _watches.Count)
            _watches.Add(watch);
        else
            _watches[watch.Slot] = watch;
        return Errno.Success;
    }

    private void Wake()
    {
        // Another thread may dispose the loop meanwhile: without a hold, the number could be some other file by now.
        bool held = false;
        try
        {
            _wake.DangerousAddRef(ref held);
            _ = EventFd.Signal(_wake.Fd);
        }
        catch (ObjectDisposedException)
        {
            // Nobody is left to wake.
        }
        finally
        {
            if (held)
                _wake.DangerousRelease();
        }
    }

    private void RunDeferred()
    {
        if (_deferred.Count == 0)
            return;
        // Deferred work may defer again; it then runs in this same round.
        for (int i = 0; i < _deferred.Count; i++)
            Do(_deferred[i]);
        _deferred.Clear();
    }

    // Only what is there by now: an action that posts itself again must let the other descriptors have their turn. Each
    // later post is seen by the next turn.
    private void RunPosted()
    {
        _mail = false;
        for (int n = Volatile.Read(ref _postedCount); n > 0 && _posted.TryDequeue(out Action? action); n--)
        {
            Interlocked.Decrement(ref _postedCount);
            Do(action);
            RunDeferred();
        }
    }

    private void RunYielded()
    {
        // What yields again goes to the other list, so that descriptors are looked at in between.
        (_current, _next) = (_next, _current);
        for (int i = 0; i < _current.Count; i++)
        {
            Do(_current[i]);
            RunDeferred();
        }

        _current.Clear();
    }

    private Errno PollThenTurn()
    {
        long now = Stopwatch.GetTimestamp();
        long deadline = now + _pollTicks;
        long look = now + s_lookTicks;
        while (!_stopping && now < deadline && _polled.Count > 0)
        {
            bool worked = false;
            for (int i = 0; i < _polled.Count; i++)
                worked |= Poll(_polled[i]);
            RunDeferred();
            now = Stopwatch.GetTimestamp();
            // However busy the sources are: the other descriptors must not starve.
            if (now >= look || HasPosted || _next.Count > 0)
            {
                Errno errno = Turn(0, out int dispatched);
                if (errno.IsError)
                    return errno;
                now = Stopwatch.GetTimestamp();
                look = now + s_lookTicks;
                worked |= dispatched > 0;
            }

            if (worked)
                deadline = now + _pollTicks;
        }

        // The wake-up of Stop may have been consumed by the look above.
        if (_stopping)
            return Errno.Success;

        bool more = false;
        for (int i = 0; i < _polled.Count; i++)
            more |= PrepareToSleep(_polled[i]);
        return Turn(more ? 0 : -1, out _);
    }

    private sealed class Mailbox(EventLoop loop) : IFdHandler
    {
        public void OnReady(Readiness readiness)
        {
            _ = EventFd.Consume(loop._wake.Fd, out _);
            loop.RunPosted();
        }
    }
}
