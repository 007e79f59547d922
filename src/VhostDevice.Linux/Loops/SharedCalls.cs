// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux;

/// <summary>
/// The calls of one loop's thread on descriptors that a stranger holds, too. O_NONBLOCK belongs to all who have the open
/// file (fcntl(2)), and a write to an eventfd knows no other way to say that it must not wait: whoever takes the flag back
/// and fills the counter has the thread stand in that call. <see cref="SharedCallWatch"/> sees that, and interrupts it.
/// </summary>
/// <remarks>
/// What a call costs for that is a number that goes up by one before it and after it, and a look at whether the watch
/// sleeps.
/// </remarks>
internal sealed class SharedCalls
{
    [ThreadStatic]
    private static SharedCalls? t_current;

    private readonly int _thread = Libc.gettid();
    private uint _number; // odd while a call is under way
    private uint _seen; // the watch's

    private SharedCalls()
    {
    }

    /// <summary>Those of the calling thread; null when no loop runs on it.</summary>
    internal static SharedCalls? Current => t_current;

    /// <summary>The calling thread begins to run a loop.</summary>
    internal static SharedCalls Enter()
    {
        SharedCalls made = new();
        SharedCallWatch.Add(made);
        t_current = made;
        return made;
    }

    /// <summary>It has ended; on the same thread.</summary>
    internal void Leave()
    {
        t_current = null;
        SharedCallWatch.Remove(this);
    }

    /// <summary>A call is about to be made. It ends with EINTR if it is seen to wait.</summary>
    internal void Begin()
    {
        Volatile.Write(ref _number, _number + 1);
        // In this order: a watch that goes to sleep says so first, and then looks at the number (with a barrier on all
        // processors in between, which costs nothing here).
        if (SharedCallWatch.Sleeps)
            SharedCallWatch.Wake();
    }

    internal void End() => Volatile.Write(ref _number, _number + 1);

    /// <summary>For the watch: whether anything happened since its last look. A call that was under way then and still is gets interrupted.</summary>
    internal bool Look()
    {
        uint number = Volatile.Read(ref _number);
        bool isSame = number == _seen;
        _seen = number;
        if (isSame && (number & 1) != 0)
            _ = Libc.tgkill(Environment.ProcessId, _thread, SharedCallWatch.Signal);
        return !isSame || (number & 1) != 0;
    }
}
