// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.VhostUser.Wire;

namespace VhostDevice.VhostUser.BackEnd;

/// <summary>A request of which nothing has to be remembered.</summary>
/// <param name="done">Gets the answer, or ECANCELED, and owns the descriptor.</param>
internal sealed class PlainRequest(BackEndRequest kind, ReadOnlySpan<byte> payload, OwnedFd? file, Action<Errno, OwnedFd?> done)
    : ChannelRequest(kind, payload, file)
{
    internal override void Answered(Errno errno, OwnedFd? file) => done(errno, file);

    protected override void Cancelled(bool wasSent) => done(Errno.ECANCELED, null);
}
