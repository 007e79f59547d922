// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;

namespace VhostDevice.Linux;

/// <summary>
/// The calls to a host side that may wait, such as a bus: one at a time, whoever makes them. While they are quick
/// (<see cref="CallPace"/>) each loop makes its own, which saves two changes of threads; otherwise a <see cref="Worker"/>
/// does. Every call is measured, so that a host side which becomes slow moves to the worker, and one that becomes quick
/// comes back. Safe from any loop.
/// </summary>
/// <remarks>
/// How long a loop is kept: by each quick call 50 µs at most, and by the one with which a host side becomes slow as long
/// as that one takes; the next such one needs 16 quick calls before it, then 32, and so on up to 4096.
/// </remarks>
public sealed class HostCalls : IDisposable
{
    private readonly object _gate = new(); // one call at a time; also for the pace
    private readonly Worker _worker;
    private CallPace _pace;
    private volatile int _holding; // batches on the worker that hold others
    private volatile bool _ending;

    /// <summary>
    /// For how long quick calls of one turn may keep a loop, 500 µs, in ticks of <see cref="Stopwatch"/>; the last batch
    /// comes on top. A device gives way then.
    /// </summary>
    public static long TurnTicks { get; } = Stopwatch.Frequency / 2000;

    /// <param name="name">The worker's thread; the kernel shows 15 bytes of it.</param>
    public HostCalls(string name) => _worker = new Worker(name);

    /// <summary>Makes a batch's calls, now or soon; from the batch's loop.</summary>
    /// <returns>
    /// True: all are made, and <see cref="WorkItem.Done"/> is not called. False: the batch is out
    /// (<see cref="WorkItem.IsOut"/>), and the rest is made on the worker.
    /// </returns>
    public bool Make(CallBatch batch)
    {
        batch.Begin();
        // Somebody else's call may be a slow one.
        if (_pace.IsQuick && _holding == 0 && Monitor.TryEnter(_gate))
        {
            try
            {
                if (batch.MakeHere(ref _pace))
                    return true;
            }
            finally
            {
                Monitor.Exit(_gate);
            }

            // They need not wait for the slow ones.
            batch.TellMadeHere();
        }

        batch.Host = this;
        _worker.Add(batch);
        return false;
    }

    /// <summary>
    /// Has a batch's calls made on the worker, behind all that is there, and before all that anybody asks for later: for
    /// calls that others' depend on, such as giving something back that the next one takes. From the batch's loop.
    /// </summary>
    public void MakeInOrder(CallBatch batch)
    {
        batch.Begin();
        batch.Host = this;
        batch.HoldsOthers = true;
        Interlocked.Increment(ref _holding);
        _worker.Add(batch);
    }

    /// <summary>Takes a batch back of which no call was made, from its loop; <see cref="WorkItem.Done"/> is not called then.</summary>
    /// <returns>False: it is begun, or done.</returns>
    public bool TryTakeBack(CallBatch batch)
    {
        if (!_worker.TryTakeBack(batch))
            return false;
        Left(batch);
        return true;
    }

    /// <summary>Waits for the call that is being made; those that have not begun never do.</summary>
    public void Dispose()
    {
        _ending = true;
        _worker.Dispose();
    }

    // The batch is not on the worker any more; from there, or from the batch's loop.
    internal void Left(CallBatch batch)
    {
        if (!batch.HoldsOthers)
            return;
        batch.HoldsOthers = false;
        Interlocked.Decrement(ref _holding);
    }

    // On the worker. Says when the call ended.
    internal long MakeOne(CallBatch batch, int number)
    {
        lock (_gate)
        {
            if (_ending)
                batch.Cancel();
            long before = Stopwatch.GetTimestamp();
            batch.MakeOne(number);
            long after = Stopwatch.GetTimestamp();
            batch.Note(ref _pace, number, after - before);
            return after;
        }
    }
}
