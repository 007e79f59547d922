// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux;

/// <summary>
/// Something that may wait, to be done by a <see cref="Worker"/> for somebody on a loop. Made once and used again and
/// again: an item is with its worker from <see cref="Worker.Add"/> until <see cref="Done"/> is called.
/// </summary>
public abstract class WorkItem
{
    private readonly EventLoop _loop;
    private readonly Action _done;
    private Exception? _fault;

    /// <param name="loop">Where <see cref="Done"/> is called.</param>
    protected WorkItem(EventLoop loop)
    {
        _loop = loop;
        _done = Return;
    }

    /// <summary>Whether the item is with a worker. For the loop's thread.</summary>
    public bool IsOut { get; private set; }

    /// <summary>The item behind this one in its worker's mailbox.</summary>
    internal WorkItem? Next { get; set; }

    /// <summary>Does it, on the worker's thread. What it touches belongs to it until <see cref="Done"/>.</summary>
    protected abstract void Work();

    /// <summary>It is done; on the loop's thread. Not called once the loop has ended.</summary>
    /// <param name="fault">What <see cref="Work"/> threw.</param>
    protected abstract void Done(Exception? fault);

    internal void GoOut()
    {
        if (IsOut)
            throw new InvalidOperationException("The item is with a worker already.");
        IsOut = true;
    }

    /// <summary>It was not begun.</summary>
    internal void ComeBack() => IsOut = false;

    internal void Execute()
    {
        try
        {
            Work();
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            _fault = fault;
        }

        _loop.Post(_done);
    }

    private void Return()
    {
        Exception? fault = _fault;
        _fault = null;
        IsOut = false;
        Done(fault);
    }
}
