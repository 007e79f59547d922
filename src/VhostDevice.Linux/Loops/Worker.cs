// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux;

/// <summary>
/// A thread for calls that may wait, so that loops need not. Items are done one after the other, in the order they came;
/// the mailbox holds each item once, so it is never longer than there are items. Safe from any thread. The thread is
/// started by whoever adds the first item, and so it has what restrictions that one has.
/// </summary>
public sealed class Worker : IDisposable
{
    /// <summary>The stack of a thread that makes system calls and little else.</summary>
    public const int DefaultStackBytes = 128 * 1024;

    private readonly object _lock = new(); // not a Lock: it is waited on
    private readonly string _name;
    private readonly int _stackBytes;
    private Thread? _thread;
    private WorkItem? _first;
    private WorkItem? _last;
    private bool _ending;

    /// <param name="name">The thread's; the kernel shows 15 bytes of it.</param>
    /// <param name="stackBytes">
    /// The thread's stack, at least 16 KiB. A library that the items call may want more than they do: drivers of graphics
    /// want megabytes, of which only what is touched becomes memory.
    /// </param>
    public Worker(string name, int stackBytes = DefaultStackBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(stackBytes, 16 * 1024);
        _name = name;
        _stackBytes = stackBytes;
    }

    /// <summary>Puts an item into the mailbox; from the thread of the item's loop. Nothing happens once the worker is disposed.</summary>
    /// <exception cref="InvalidOperationException">The item is with a worker already.</exception>
    public void Add(WorkItem item)
    {
        item.GoOut();
        lock (_lock)
        {
            if (_thread is null && !_ending)
            {
                _thread = new Thread(Run, _stackBytes) { IsBackground = true, Name = _name };
                _thread.Start();
            }

            if (_first is null)
                _first = item;
            else
                _last!.Next = item;
            _last = item;
            Monitor.Pulse(_lock);
        }
    }

    /// <summary>Takes an item out of the mailbox, from the thread of the item's loop; it is not with the worker any more.</summary>
    /// <returns>False when it is begun or done: it comes back by itself.</returns>
    public bool TryTakeBack(WorkItem item)
    {
        lock (_lock)
        {
            WorkItem? before = null;
            WorkItem? at = _first;
            while (at is not null && at != item)
            {
                before = at;
                at = at.Next;
            }

            if (at is null)
                return false;
            if (before is null)
                _first = item.Next;
            else
                before.Next = item.Next;
            if (_last == item)
                _last = before;
            item.Next = null;
            item.ComeBack();
            return true;
        }
    }

    /// <summary>Waits for what is being done. What is not begun never will be.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _ending = true;
            Monitor.Pulse(_lock);
        }

        _thread?.Join();
    }

    private void Run()
    {
        while (Take() is { } item)
            item.Execute();
    }

    private WorkItem? Take()
    {
        lock (_lock)
        {
            while (_first is null && !_ending)
                Monitor.Wait(_lock);
            if (_ending)
                return null;
            WorkItem item = _first!;
            _first = item.Next;
            item.Next = null;
            return item;
        }
    }
}
