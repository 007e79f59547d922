// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Linux;

namespace VhostDevice.VhostUser.BackEnd;

/// <summary>
/// A message of which only a part has come, with descriptors. One of them may be the front-end's own end of the
/// connection, whose end is not heard of while this side holds it (unix(7)): so there is a time in which the rest must come.
/// </summary>
internal sealed partial class Session
{
    private LoopTimer? _halfMessageTimer;

    private void BoundHalfMessage()
    {
        if (_message.Fds.Count == 0 || _halfMessageTimer is { IsSet: true })
            return;
        if (_halfMessageTimer is null && Loop.CreateTimer(HalfMessageStays, out _halfMessageTimer).IsError)
            HalfMessageStays();
        else
            _halfMessageTimer?.Start(_server.MessagePatience);
    }

    private void MessageIsWhole()
    {
        if (_halfMessageTimer is { IsSet: true })
            _halfMessageTimer.Cancel();
    }

    private void HalfMessageStays() => End("the rest of a message with descriptors did not come in time", LogLevel.Warning);
}
