// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.Linux;

/// <summary>
/// A thread, one for all loops, that looks at what they do as long as they do anything, and interrupts a call that waits
/// (<see cref="SharedCalls"/>). A while after the last call it sleeps; it is started when a loop first gets a descriptor
/// whose other holder can make a write wait.
/// </summary>
public static class SharedCallWatch
{
    /// <summary>Ignored unless somebody asks for it, and used neither by the runtime nor by the C library.</summary>
    internal const int Signal = 23; // SIGURG

    /// <summary>A call that waits is interrupted after one to two of these.</summary>
    private const int LookMilliseconds = 20;

    /// <summary>Looks at loops that do nothing before the watch sleeps: a loop that does something once a second wakes nobody.</summary>
    private const int QuietLooks = 75;

    private const int StackBytes = 64 * 1024;

    private static readonly object s_gate = new(); // not a Lock: it is waited on
    private static readonly List<SharedCalls> s_all = [];
    private static Thread? s_thread;
    private static volatile bool s_sleeps = true;

    /// <summary>Whether somebody who begins a call has to wake it.</summary>
    internal static bool Sleeps => s_sleeps;

    internal static void Add(SharedCalls calls)
    {
        lock (s_gate)
            s_all.Add(calls);
    }

    internal static void Remove(SharedCalls calls)
    {
        lock (s_gate)
            s_all.Remove(calls);
    }

    /// <summary>Starts it, before the first call that may wait; does nothing when it was started before.</summary>
    public static void Start()
    {
        lock (s_gate)
        {
            if (s_thread is not null)
                return;
            // A handler that does nothing, without SA_RESTART: the call that waits ends with EINTR. A function of the C
            // library that only computes something can be one; managed code cannot.
            nint handler = NativeLibrary.GetExport(NativeLibrary.GetMainProgramHandle(), "abs");
            _ = Libc.siginterrupt(Signal, 1);
            _ = Libc.signal(Signal, handler);
            s_thread = new Thread(Run, StackBytes) { IsBackground = true, Name = "call-watch" };
            s_thread.Start();
        }
    }

    internal static void Wake()
    {
        lock (s_gate)
        {
            s_sleeps = false;
            Monitor.Pulse(s_gate);
        }
    }

    private static void Run()
    {
        int quiet = 0;
        while (true)
        {
            Thread.Sleep(LookMilliseconds);
            quiet = Look() ? 0 : quiet + 1;
            if (quiet < QuietLooks)
                continue;
            quiet = 0;
            s_sleeps = true;
            // Whoever began a call before this did it in sight of the look that follows; whoever begins one later sees
            // that it has to wake this thread.
            Interlocked.MemoryBarrierProcessWide();
            lock (s_gate)
            {
                if (Look())
                    s_sleeps = false;
                while (s_sleeps)
                    Monitor.Wait(s_gate);
            }
        }
    }

    private static bool Look()
    {
        lock (s_gate)
        {
            bool any = false;
            foreach (SharedCalls calls in s_all)
                any |= calls.Look();
            return any;
        }
    }
}
