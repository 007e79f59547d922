// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.VhostUser.Wire;

namespace VhostDevice.VhostUser.BackEnd;

/// <content>
/// In-band notifications. The specification has the sender wait until they are processed, lest the channel fill and one
/// side block; here the loop goes on, and it is the ring's next notification that waits.
/// </content>
internal sealed partial class BackEndChannel
{
    private readonly Dictionary<(BackEndRequest Request, int Ring), RingNotice> _notices = [];

    private void Notify(BackEndRequest request, int ring)
    {
        // Over a pipe, and with a front-end whose answers make no sense, it is sent as what nobody answers.
        if (!CanAnswer || IsUnanswerable)
        {
            Send(request, ring);
            return;
        }

        if (!_notices.TryGetValue((request, ring), out RingNotice? notice))
            _notices.Add((request, ring), notice = new RingNotice(request, ring, Notify));
        if (!notice.TryBegin() || Request(notice).IsSuccess)
            return;
        notice.Undo();
        Send(request, ring);
    }
}
