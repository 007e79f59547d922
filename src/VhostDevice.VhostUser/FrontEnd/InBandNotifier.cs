// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.VhostUser.FrontEnd;

/// <summary>Notifications as messages (vhost-user, "In-band notifications"): slower, but in order with everything else.</summary>
/// <param name="connection">Carries the kicks. Stays the caller's.</param>
/// <param name="channel">Carries the calls. Stays the caller's.</param>
public sealed class InBandNotifier(FrontEndConnection connection, BackEndChannel channel, int ring) : QueueNotifier
{
    private long _callsTaken;
    private long _errorsSeen;

    public override bool CanWait => true;

    public override OwnedFd? KickFd => null;

    public override OwnedFd? CallFd => null;

    public override OwnedFd? ErrFd => null;

    /// <exception cref="FrontEndException">Also when the back-end acknowledges the kick with an error.</exception>
    public override void Kick()
    {
        Kicks++;
        connection.VringKick((uint)ring).ThrowIfNegative();
    }

    public override ulong TakeCalls()
    {
        channel.Pump();
        long calls = channel.Calls(ring) - _callsTaken;
        _callsTaken += calls;
        return (ulong)calls;
    }

    public override bool WaitForError(TimeSpan timeout)
    {
        if (!channel.WaitFor(() => channel.Errors(ring) != _errorsSeen, Deadline.After(timeout)))
            return false;
        _errorsSeen = channel.Errors(ring);
        return true;
    }

    public override void Dispose()
    {
    }

    internal override bool WaitForCall(Deadline deadline) => channel.WaitForCall(ring, deadline);
}
