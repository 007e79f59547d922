// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;
using VhostDevice.Linux;

namespace VhostDevice.Hosting.Daemon;

/// <summary>The signals that ask the daemon to end: SIGTERM, SIGINT, SIGQUIT, and SIGHUP of a terminal that closes.</summary>
/// <remarks>Where nohup has SIGHUP ignored, it stays so, and likewise SIGINT in the background.</remarks>
internal sealed class StopSignals : IDisposable
{
    private const int SIGHUP = 1;
    private const int SIGINT = 2;
    private const int SIGQUIT = 3;
    private const int SIGTERM = 15;

    private readonly PosixSignalRegistration[] _registrations;

    /// <summary>Takes the signals, those too that the calling thread has kept waiting.</summary>
    internal StopSignals(Action<PosixSignalContext> stop)
    {
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, stop),
            PosixSignalRegistration.Create(PosixSignal.SIGINT, stop),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, stop),
            PosixSignalRegistration.Create(PosixSignal.SIGQUIT, stop),
        ];
        _ = SignalFd.Unblock(Numbers);
    }

    internal static int[] Numbers { get; } = [SIGTERM, SIGINT, SIGHUP, SIGQUIT];

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
            registration.Dispose();
    }
}
