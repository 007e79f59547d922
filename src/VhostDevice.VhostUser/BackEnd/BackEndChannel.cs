// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;
using VhostDevice.Linux;
using VhostDevice.VhostUser.Wire;

namespace VhostDevice.VhostUser.BackEnd;

/// <summary>
/// The back-end's own requests to the front-end (SET_BACKEND_REQ_FD). Sent without asking for replies, because some
/// front-ends hand over a pipe, on which none can come; for the same reason with write(2).
/// </summary>
internal sealed unsafe class BackEndChannel : IDisposable
{
    private readonly OwnedFd _fd;
    private bool _broken;

    internal BackEndChannel(OwnedFd fd)
    {
        _fd = fd;
        // A front-end that stops reading must not stop this loop.
        _ = Files.SetNonBlocking(fd.Fd);
    }

    internal void NotifyConfigChanged() => Send(BackEndRequest.ConfigChangeMsg, []);

    internal void Call(int ring) => SendRing(BackEndRequest.VringCall, ring);

    internal void Error(int ring) => SendRing(BackEndRequest.VringErr, ring);

    public void Dispose() => _fd.Dispose();

    private void SendRing(BackEndRequest request, int ring)
    {
        VringState state = new() { Index = (uint)ring };
        Send(request, MemoryMarshal.AsBytes(new ReadOnlySpan<VringState>(in state)));
    }

    private void Send(BackEndRequest request, ReadOnlySpan<byte> payload)
    {
        if (_broken)
            return;
        Span<byte> message = stackalloc byte[MessageHeader.Size + 16];
        MessageHeader header = new() { Request = (uint)request, Flags = MessageFlags.Version1, PayloadSize = (uint)payload.Length };
        MemoryMarshal.Write(message, in header);
        payload.CopyTo(message[MessageHeader.Size..]);
        message = message[..(MessageHeader.Size + payload.Length)];
        fixed (byte* p = message)
        {
            nint n = FileIo.Write(_fd.Fd, p, (nuint)message.Length, out Errno errno);
            // A full channel loses this notification, which the front-end could not have read in time anyway; part of a
            // message would misalign all that follow.
            _broken = n >= 0 ? n < message.Length : errno != Errno.EAGAIN;
        }
    }
}
