// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Linux;
using VhostDevice.VhostUser.Wire;

namespace VhostDevice.VhostUser.BackEnd;

/// <summary>What the device asks of the front-end, over the back-end's channel.</summary>
internal sealed partial class Session : IBackEndChannelOwner
{
    private const ProtocolFeatures AnswersNeed = ProtocolFeatures.BackendReq | ProtocolFeatures.ReplyAck;

    private bool _cancelling;

    // The device is waited for, by a front-end that waits for an answer.
    private bool IsDraining => _drain is not null;

    void IBackEndChannelOwner.ChannelBroken(string problem) =>
        Log.LogWarning("no more answers are taken on the back-end's channel: {Problem}", problem);

    private Outcome SetBackendReqFd(OwnedFd? fd)
    {
        if (fd is null)
            return Outcome.Refused("SET_BACKEND_REQ_FD came without a file descriptor");
        if (!BackEndChannel.TryCreate(Loop, fd, this, out BackEndChannel? channel, out string problem))
            return Outcome.Refused($"SET_BACKEND_REQ_FD: {problem}");
        Channel?.Dispose();
        Channel = channel;
        return Outcome.Done;
    }

    /// <summary>
    /// Whether a request that is answered can be made now. Not while the device is waited for: a front-end that stops a
    /// ring does not look at the channel until it has its answer.
    /// </summary>
    /// <returns>EOPNOTSUPP, ENOTCONN or ECANCELED when it cannot.</returns>
    private Errno MayRequest(ProtocolFeatures feature)
    {
        ProtocolFeatures needed = AnswersNeed | feature;
        if ((_acceptedProtocol & needed) != needed)
            return Errno.EOPNOTSUPP;
        if (_cancelling || _ended || IsDraining)
            return Errno.ECANCELED;
        return Channel is null ? Errno.ENOTCONN : Errno.Success;
    }

    /// <summary>
    /// Ends all requests to the front-end with ECANCELED, so that chains which wait for their answers come back: what is
    /// about to be waited for must not wait for a front-end that does not look at the channel.
    /// </summary>
    private void CancelRequests()
    {
        if (Channel is not { Outstanding: > 0 } channel)
            return;
        _cancelling = true;
        channel.CancelRequests();
        _cancelling = false;
    }
}
