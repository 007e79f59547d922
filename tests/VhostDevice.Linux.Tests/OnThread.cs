// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.ExceptionServices;

namespace VhostDevice.Linux.Tests;

/// <summary>A thread that must end in time, and whose failure is the test's.</summary>
internal sealed class OnThread
{
    private readonly Thread _thread;
    private ExceptionDispatchInfo? _failure;

    private OnThread(Action action)
    {
        _thread = new Thread(() =>
        {
            try
            {
                action();
            }
#pragma warning disable CA1031 // Every failure is carried over to the test's thread.
            catch (Exception e)
#pragma warning restore CA1031
            {
                _failure = ExceptionDispatchInfo.Capture(e);
            }
        })
        { IsBackground = true };
        _thread.Start();
    }

    internal static OnThread Start(Action action) => new(action);

    internal static void Run(Action action) => Start(action).Join();

    internal void Join()
    {
        Assert.True(_thread.Join(Expect.Timeout), "The thread did not end in time.");
        _failure?.Throw();
    }
}
