// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.VhostUser.Wire;

namespace VhostDevice.VhostUser.FrontEnd;

/// <content>Untyped messages: the plumbing of the typed requests, and whatever a hostile test likes to send.</content>
public sealed partial class FrontEndConnection
{
    /// <summary>Sends a well-formed message of any kind and waits for nothing.</summary>
    /// <param name="flags">Added to the version.</param>
    public void Send(
        FrontEndRequest request,
        ReadOnlySpan<byte> payload = default,
        ReadOnlySpan<int> fds = default,
        MessageFlags flags = MessageFlags.None) =>
        Send(request, payload, fds, flags, Deadline.After(ReplyTimeout));

    /// <summary>Sends a header as it is, whatever it says, followed by <paramref name="payload"/>.</summary>
    public void SendRaw(MessageHeader header, ReadOnlySpan<byte> payload = default, ReadOnlySpan<int> fds = default) =>
        ThrowUnlessSent((FrontEndRequest)header.Request, _socket.Send(header, payload, fds, Deadline.After(ReplyTimeout)));

    /// <summary>Sends bytes that need not be a message. Descriptors need at least one byte to travel with.</summary>
    public void SendRaw(ReadOnlySpan<byte> bytes, ReadOnlySpan<int> fds = default) =>
        ThrowUnlessSent(null, _socket.SendBytes(bytes, fds, Deadline.After(ReplyTimeout)));

    /// <summary>Waits for the next message, whatever it is; the caller disposes it.</summary>
    /// <exception cref="FrontEndException">
    /// <see cref="FrontEndFailure.Timeout"/> after <see cref="ReplyTimeout"/>, <see cref="FrontEndFailure.Disconnected"/>,
    /// or <see cref="FrontEndFailure.BadReply"/> for one over 64 KiB or with more descriptors than fit.
    /// </exception>
    public ReceivedMessage Receive()
    {
        ReceiveAny(null, Deadline.After(ReplyTimeout));
        return _socket.Detach();
    }

    /// <summary>
    /// Sends a request with NEED_REPLY, whatever the policy, and returns the whole answer unexamined; the caller disposes it.
    /// </summary>
    public ReceivedMessage Exchange(FrontEndRequest request, ReadOnlySpan<byte> payload = default, ReadOnlySpan<int> fds = default)
    {
        Deadline deadline = Deadline.After(ReplyTimeout);
        Send(request, payload, fds, MessageFlags.NeedReply, deadline);
        ReceiveAny(request, deadline);
        return _socket.Detach();
    }

    /// <summary>Drops whatever still comes and waits until the back-end has closed the connection; false when it has not in time.</summary>
    public bool WaitForDisconnect(TimeSpan timeout) => _socket.DrainUntilClosed(Deadline.After(timeout));

    private void Send(FrontEndRequest request, ReadOnlySpan<byte> payload, ReadOnlySpan<int> fds, MessageFlags flags, Deadline deadline)
    {
        MessageHeader header = new()
        {
            Request = (uint)request,
            Flags = MessageFlags.Version1 | flags,
            PayloadSize = (uint)payload.Length,
        };
        ThrowUnlessSent(request, _socket.Send(header, payload, fds, deadline));
    }

    private static void ThrowUnlessSent(FrontEndRequest? request, Errno errno)
    {
        if (errno.IsSuccess)
            return;
        string what = request is { } r ? WireNames.Of(r) : "raw bytes";
        if (errno == Errno.EPIPE || errno == Errno.ECONNRESET)
            throw new FrontEndException(FrontEndFailure.Disconnected, $"{what}: the back-end has closed the connection", request, errno);
        string why = errno == Errno.ETIMEDOUT ? "the back-end takes no more messages" : errno.Message;
        throw new FrontEndException(FrontEndFailure.Send, $"{what}: not sent: {why}", request, errno);
    }

    private void ReceiveReply(FrontEndRequest request, Deadline deadline)
    {
        ReceiveAny(request, deadline);
        MessageHeader header = _socket.Header;
        if (header.Request != (uint)request)
            throw BadReply(request, $"is one to {WireNames.Of((FrontEndRequest)header.Request)}");
        if ((header.Flags & MessageFlags.VersionMask) != MessageFlags.Version1)
            throw BadReply(request, $"has version {(uint)(header.Flags & MessageFlags.VersionMask)} instead of 1");
        if ((header.Flags & MessageFlags.Reply) == 0)
            throw BadReply(request, "lacks the reply flag");
    }

    private void ReceiveAny(FrontEndRequest? request, Deadline deadline)
    {
        ReceiveOutcome outcome = _socket.Receive(deadline, out Errno errno);
        if (outcome == ReceiveOutcome.Message)
            return;
        string what = request is { } r ? WireNames.Of(r) : "receive";
        throw outcome switch
        {
            ReceiveOutcome.TimedOut =>
                new FrontEndException(
                    FrontEndFailure.Timeout, $"{what}: no answer within {ReplyTimeout.TotalSeconds:0.###} s", request),
            ReceiveOutcome.Closed =>
                new FrontEndException(
                    FrontEndFailure.Disconnected,
                    $"{what}: the back-end closed the connection instead of answering",
                    request),
            ReceiveOutcome.FdsTruncated => new FrontEndException(FrontEndFailure.BadReply, $"{what}: the answer has too many descriptors", request),
            ReceiveOutcome.TooLong =>
                new FrontEndException(
                    FrontEndFailure.BadReply,
                    $"{what}: the answer announces more than {MessageSocket.MaxPayload} bytes",
                    request),
            _ => new FrontEndException(FrontEndFailure.System, $"{what}: {errno.Message}", request, errno),
        };
    }
}
