// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;

namespace VhostDevice.VhostUser.BackEnd;

/// <summary>What becomes of a front-end that makes a write of this side wait.</summary>
internal sealed partial class Session
{
    /// <summary>What the front-end's call, err and log descriptors have in common.</summary>
    internal NotifyFds NotifyFds { get; }

    // In the middle of a turn, of whichever loop, where nothing can be taken apart.
    private void NotificationWaited() => Loop.Post(EndForWaiting);

    private void EndForWaiting()
    {
        if (_ended)
            return;
        _server.Punish(this);
        End("a descriptor that the front-end wants to be notified through was made blocking and full", LogLevel.Warning);
    }
}
