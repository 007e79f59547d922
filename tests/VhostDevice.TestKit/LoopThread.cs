// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using VhostDevice.Linux;

namespace VhostDevice.TestKit;

/// <summary>An event loop on its own thread, as in the daemon. Whatever ends the loop fails the test.</summary>
public sealed partial class LoopThread : IDisposable
{
    /// <summary>How long a test waits for anything; far more than anything takes on a busy machine.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Thread _thread;
    private ExceptionDispatchInfo? _failure;
    private bool _disposed;

    public LoopThread(TimeSpan pollTime = default)
    {
        Loop = Expect.Made(EventLoop.Create(out EventLoop? loop), loop);
        Loop.PollTime = pollTime;
        _thread = new Thread(Run) { IsBackground = true, Name = "loop" };
        _thread.Start();
    }

    public EventLoop Loop { get; }

    /// <summary>Whether nothing has ended the loop so far.</summary>
    public bool IsAlive => _thread.IsAlive;

    /// <summary>Runs an action on the loop's thread and waits for it; its exception is the caller's.</summary>
    public void Invoke(Action action) => Invoke<object?>(() =>
    {
        action();
        return null;
    });

    /// <inheritdoc cref="Invoke(Action)"/>
    public T Invoke<T>(Func<T> function)
    {
        // Completions must not run the test on the loop's thread.
        TaskCompletionSource<T> result = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Loop.Post(() =>
        {
            try
            {
                result.SetResult(function());
            }
#pragma warning disable CA1031 // Every failure is carried over to the test's thread.
            catch (Exception e)
#pragma warning restore CA1031
            {
                result.SetException(e);
            }
        });
        if (Task.WaitAny([result.Task], Patience) < 0)
        {
            _failure?.Throw();
            throw new TimeoutException(_thread.IsAlive ? "the loop did not get to it in time" : "the loop has ended");
        }

        return result.Task.GetAwaiter().GetResult();
    }

    /// <summary>Looks again and again, on the loop, until the condition holds; for what no descriptor tells.</summary>
    public void Until(Func<bool> condition, string what)
    {
        long end = Environment.TickCount64 + (long)Patience.TotalMilliseconds;
        while (!Invoke(condition))
        {
            if (Environment.TickCount64 >= end)
                throw new TimeoutException($"{what}: not in time");
            Thread.Yield();
        }
    }

    /// <summary>The loop sleeps: over a while, its thread uses next to no CPU time.</summary>
    public void AssertIdle()
    {
        int tid = Invoke(gettid);
        long before = CpuNanoseconds(tid);
        _ = _thread.Join(50); // a wait for what must not happen
        long used = CpuNanoseconds(tid) - before;
        if (used > 25_000_000)
            throw new InvalidOperationException($"the loop is busy: {used / 1000} µs of 50 ms");
    }

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        Loop.Stop();
        if (!_thread.Join(Patience))
            throw new TimeoutException("the loop does not end");
        Loop.Dispose();
        _failure?.Throw();
    }

    private static long CpuNanoseconds(int tid) =>
        long.Parse(File.ReadAllText($"/proc/self/task/{tid}/schedstat").Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);

    [LibraryImport("libc")]
    private static partial int gettid();

    private void Run()
    {
        try
        {
            Loop.Run().Ok();
        }
#pragma warning disable CA1031 // Every failure is carried over to the test's thread.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _failure = ExceptionDispatchInfo.Capture(e);
        }
    }
}
