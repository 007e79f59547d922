// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.VhostUser.BackEnd;

/// <summary>
/// What all the descriptors have in common through which one front-end is notified: when a write to one of them had to
/// wait, which only a front-end that means harm can bring about, none of them is written to any more.
/// </summary>
/// <param name="waited">Called once, from whichever loop it was, in the middle of a turn.</param>
internal sealed class NotifyFds(Action waited)
{
    private int _isShut;

    internal bool IsShut => Volatile.Read(ref _isShut) != 0;

    internal void Shut()
    {
        if (Interlocked.Exchange(ref _isShut, 1) == 0)
            waited();
    }
}
