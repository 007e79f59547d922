// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.ExceptionServices;
using VhostDevice.TestKit;

namespace VhostDevice.Devices.Tests.Vsock;

/// <summary>A host program's work, beside that of the guest.</summary>
internal sealed class HostThread
{
    private readonly Thread _thread;
    private ExceptionDispatchInfo? _failure;

    private HostThread(Action work)
    {
        _thread = new Thread(() =>
        {
            try
            {
                work();
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

    internal static HostThread Start(Action work) => new(work);

    /// <summary>Waits for its end; its exception is the caller's.</summary>
    internal void Join()
    {
        if (!_thread.Join(LoopThread.Patience))
            throw new TimeoutException("the host program does not get on");
        _failure?.Throw();
    }
}
