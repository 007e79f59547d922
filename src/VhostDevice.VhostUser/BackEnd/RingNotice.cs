// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;
using VhostDevice.Linux;
using VhostDevice.VhostUser.Wire;

namespace VhostDevice.VhostUser.BackEnd;

/// <summary>
/// VRING_CALL or VRING_ERR of one ring, which the front-end acknowledges (vhost-user, "In-band notifications"). The ring
/// has one on its way at a time; what happens meanwhile is worth one more when that is answered.
/// </summary>
/// <param name="again">Another one is due, or this one may be lost.</param>
internal sealed class RingNotice(BackEndRequest kind, int ring, Action<BackEndRequest, int> again)
    : ChannelRequest(kind, Payload(ring), null)
{
    private bool _isDueAgain;

    /// <summary>Made, and not answered yet.</summary>
    internal bool IsOutstanding { get; private set; }

    /// <summary>A driver waits for it, also for what its ring gives back during a stop.</summary>
    internal override bool IsCancellable => false;

    /// <summary>Whether it is to be sent now; one that is on its way is sent again later.</summary>
    internal bool TryBegin()
    {
        _isDueAgain = IsOutstanding;
        if (IsOutstanding)
            return false;
        IsOutstanding = true;
        return true;
    }

    /// <summary>It could not be made.</summary>
    internal void Undo() => IsOutstanding = false;

    internal override void Answered(Errno errno, OwnedFd? file)
    {
        file?.Dispose();
        IsOutstanding = false;
        // A front-end that says no has seen it. One that answers no more may not have been sent it.
        if (!_isDueAgain && (errno.IsSuccess || errno == Errno.EIO))
            return;
        _isDueAgain = false;
        again(Kind, ring);
    }

    protected override void Cancelled(bool wasSent)
    {
    }

    private static byte[] Payload(int ring)
    {
        VringState state = new() { Index = (uint)ring };
        return MemoryMarshal.AsBytes(new ReadOnlySpan<VringState>(in state)).ToArray();
    }
}
