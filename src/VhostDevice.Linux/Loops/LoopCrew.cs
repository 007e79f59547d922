// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux;

/// <summary>
/// A loop, the leader, with others beside it that have threads of their own, and which it can have stand still: between
/// <see cref="StandStill"/> and the end of that, the leader's thread owns what the others own otherwise, without locks.
/// So whatever is rare is done by one thread alone, and what is frequent by each loop for itself.
/// </summary>
public sealed class LoopCrew : IDisposable
{
    private readonly object _gate = new();
    private readonly EventLoop[] _loops;
    private readonly List<Thread> _threads = [];
    private readonly Action _stand;
    private int _depth; // the leader's
    private bool _isHolding; // the leader's
    private int _standing;
    private int _gone;
    private int _round;
    private bool _disposed;

    private LoopCrew(EventLoop[] loops)
    {
        _loops = loops;
        _stand = Stand;
    }

    /// <summary>Loops, the leader among them; at least 1.</summary>
    public int Count => _loops.Length;

    /// <summary>The loop that may have the others stand still; number 0.</summary>
    public EventLoop Leader => _loops[0];

    /// <param name="leader">Stays the caller's, whose thread it is that runs it.</param>
    /// <param name="others">How many loops are made besides; they poll, and tell of faults, as the leader does.</param>
    public static Errno Create(EventLoop leader, int others, out LoopCrew? crew)
    {
        crew = null;
        EventLoop[] loops = new EventLoop[others + 1];
        loops[0] = leader;
        for (int i = 1; i < loops.Length; i++)
        {
            Errno errno = EventLoop.Create(out EventLoop? loop);
            if (errno.IsError)
            {
                foreach (EventLoop made in loops.AsSpan(1, i - 1))
                    made.Dispose();
                return errno;
            }

            loop!.PollTime = leader.PollTime;
            loop.OnFault = leader.OnFault;
            loops[i] = loop;
        }

        crew = new LoopCrew(loops);
        return Errno.Success;
    }

    /// <summary>The loop of a number; numbers begin again where there are no more loops.</summary>
    public EventLoop At(int number) => _loops[number % _loops.Length];

    /// <summary>Starts the threads of the others. Once, before the leader's loop runs.</summary>
    /// <param name="run">Runs a loop until it is stopped.</param>
    public void Start(Action<EventLoop> run)
    {
        for (int i = 1; i < _loops.Length; i++)
        {
            EventLoop loop = _loops[i];
            Thread thread = new(() =>
            {
                try
                {
                    run(loop);
                }
                finally
                {
                    Leave();
                }
            })
            {
                Name = $"queue-{i}",
                IsBackground = true,
            };
            _threads.Add(thread);
            thread.Start();
        }
    }

    /// <summary>
    /// Waits until every other loop stands still between two of its handlers, with nothing deferred; they go on when the
    /// result is disposed. On the leader's thread; may be nested. What the leader gives another loop to do meanwhile
    /// (watches, timers, deferred work) is done when it goes on.
    /// </summary>
    public Pause StandStill()
    {
        if (_depth++ == 0 && _threads.Count > 0 && !_disposed)
        {
            _isHolding = true;
            for (int i = 1; i < _loops.Length; i++)
                _loops[i].Post(_stand);
            lock (_gate)
            {
                while (_standing + _gone < _threads.Count)
                    Monitor.Wait(_gate);
            }
        }

        return new Pause(this);
    }

    /// <summary>Stops the others and waits for their threads. Not before the leader's loop has ended.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        foreach (EventLoop loop in _loops.AsSpan(1))
            loop.Stop();
        foreach (Thread thread in _threads)
            thread.Join();
        foreach (EventLoop loop in _loops.AsSpan(1))
            loop.Dispose();
    }

    private void GoOn()
    {
        if (--_depth > 0 || !_isHolding)
            return;
        _isHolding = false;
        lock (_gate)
        {
            _standing = 0;
            _round++;
            Monitor.PulseAll(_gate);
        }
    }

    private void Stand()
    {
        lock (_gate)
        {
            int round = _round;
            _standing++;
            Monitor.PulseAll(_gate);
            while (_round == round)
                Monitor.Wait(_gate);
        }
    }

    // Nobody waits for a loop that failed.
    private void Leave()
    {
        lock (_gate)
        {
            _gone++;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>The others stand still until this is disposed, once. The default value is nobody's.</summary>
    public readonly struct Pause : IDisposable
    {
        private readonly LoopCrew? _crew;

        internal Pause(LoopCrew crew) => _crew = crew;

        public void Dispose() => _crew?.GoOn();
    }
}
