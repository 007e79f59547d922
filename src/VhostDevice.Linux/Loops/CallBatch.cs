// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;

namespace VhostDevice.Linux;

/// <summary>
/// Calls that may wait, in their order, handed to <see cref="HostCalls"/> together: one wake-up there and one back. Made
/// once and used again and again.
/// </summary>
public abstract class CallBatch : WorkItem
{
    private readonly EventLoop _loop;
    private readonly Action _progress;
    private volatile bool _cancelled;
    private int _made;

    /// <param name="loop">Whose calls they are; where <see cref="Made"/> and <see cref="WorkItem.Done"/> are called.</param>
    protected CallBatch(EventLoop loop)
        : base(loop)
    {
        _loop = loop;
        _progress = Progress;
    }

    internal HostCalls? Host { get; set; }

    /// <summary>No call of others that comes after it is made before it.</summary>
    internal bool HoldsOthers { get; set; }

    /// <summary>How many calls there are; must not change while the batch is out.</summary>
    protected abstract int Count { get; }

    /// <summary>
    /// Makes a call, on the loop's thread or on a worker's. What it touches belongs to it until it is reported as made.
    /// Throws nothing.
    /// </summary>
    protected abstract void Call(int number);

    /// <summary>
    /// Whether a call that was quick says so of others, too: not one that never comes as far as what may wait.
    /// </summary>
    protected virtual bool SpeaksForOthers(int number) => true;

    /// <summary>
    /// The first <paramref name="count"/> calls are made; on the loop's thread, while the rest goes on on a worker. So
    /// nobody waits for the slow calls of others. Not called for each: <see cref="WorkItem.Done"/> stands for the rest.
    /// </summary>
    protected abstract void Made(int count);

    /// <summary>Leaves out the calls that have not begun; the one that has goes on. Until the batch is back.</summary>
    public void Cancel() => _cancelled = true;

    /// <summary>Whether a call that has not begun is left out. For <see cref="Call"/>, which is called for it nevertheless.</summary>
    protected bool IsCancelled => _cancelled;

    /// <summary>Begins: none is made.</summary>
    internal void Begin()
    {
        _made = 0;
        _cancelled = false;
    }

    /// <summary>Makes calls on the caller's thread for as long as they are quick.</summary>
    /// <returns>Whether all are made.</returns>
    internal bool MakeHere(ref CallPace pace)
    {
        long before = Stopwatch.GetTimestamp();
        int count = Count;
        while (_made < count && pace.IsQuick)
        {
            Call(_made++);
            long after = Stopwatch.GetTimestamp();
            Note(ref pace, _made - 1, after - before);
            before = after;
        }

        return _made == count;
    }

    /// <summary>Before the batch goes to the worker.</summary>
    internal void TellMadeHere()
    {
        if (_made > 0)
            Made(_made);
    }

    /// <inheritdoc/>
    protected sealed override void Work()
    {
        try
        {
            MakeRest();
        }
        finally
        {
            Host!.Left(this);
        }
    }

    internal void MakeOne(int number) => Call(number);

    internal void Note(ref CallPace pace, int number, long ticks)
    {
        if (ticks > CallPace.QuickTicks || SpeaksForOthers(number))
            pace.Note(ticks);
    }

    private void MakeRest()
    {
        long told = Stopwatch.GetTimestamp();
        for (int i = _made; i < Count; i++)
        {
            long after = Host!.MakeOne(this, i);
            Volatile.Write(ref _made, i + 1);
            if (after - told <= CallPace.QuickTicks || i + 1 == Count)
                continue;
            told = after;
            _loop.Post(_progress);
        }
    }

    private void Progress() => Made(Volatile.Read(ref _made));
}
