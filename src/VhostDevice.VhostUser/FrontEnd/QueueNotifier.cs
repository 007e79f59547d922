// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.VhostUser.FrontEnd;

/// <summary>How a queue's device is kicked, and how it calls back.</summary>
public abstract class QueueNotifier : IDisposable
{
    /// <summary>Kicks sent.</summary>
    public long Kicks { get; private protected set; }

    /// <summary>Whether <see cref="WaitForCall(TimeSpan)"/> can be told of calls; otherwise the used ring must be polled.</summary>
    public abstract bool CanWait { get; }

    /// <summary>What SET_VRING_KICK carries; null for none.</summary>
    public abstract OwnedFd? KickFd { get; }

    /// <summary>What SET_VRING_CALL carries; null for none.</summary>
    public abstract OwnedFd? CallFd { get; }

    /// <summary>What SET_VRING_ERR carries; null for none.</summary>
    public abstract OwnedFd? ErrFd { get; }

    public abstract void Kick();

    /// <summary>Waits for a call since the last one that this method reported; false when the time is over.</summary>
    public bool WaitForCall(TimeSpan timeout)
    {
        Deadline deadline = Deadline.After(timeout);
        while (!WaitForCall(deadline))
        {
            if (!CanWait || deadline.IsOver)
                return false;
        }

        return true;
    }

    /// <summary>How many calls came since this was asked last.</summary>
    public abstract ulong TakeCalls();

    /// <summary>Waits until the device reports that the ring is broken; false when the time is over.</summary>
    public abstract bool WaitForError(TimeSpan timeout);

    public abstract void Dispose();

    /// <summary>Waits once; false may also mean that the wait was interrupted.</summary>
    internal abstract bool WaitForCall(Deadline deadline);
}
