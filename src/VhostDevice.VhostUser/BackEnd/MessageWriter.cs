// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.VhostUser.BackEnd;

/// <summary>Sends replies without ever waiting for the front-end to read them.</summary>
internal sealed class MessageWriter
{
    /// <summary>A front-end that lets this many bytes of replies pile up is not reading and loses its connection.</summary>
    private const int MaxBacklog = 64 * 1024;

    private readonly List<byte> _backlog = [];

    internal bool HasBacklog => _backlog.Count > 0;

    /// <summary>Sends or keeps the whole message. An error means that the connection is useless.</summary>
    /// <param name="fd">Travels with the message and stays the caller's; such a message is not kept.</param>
    internal Errno Send(int socket, ReadOnlySpan<byte> message, OwnedFd? fd = null)
    {
        int sent = 0;
        // A front-end asks for a descriptor a few times in its life and waits for it.
        if (fd is not null && HasBacklog)
            return Errno.ENOSPC;
        if (!HasBacklog)
        {
            nint n = FdMessage.Send(socket, message, fd is null ? [] : [fd.Fd], out Errno errno);
            if (n < 0 && (errno != Errno.EAGAIN || fd is not null))
                return errno == Errno.EAGAIN ? Errno.ENOSPC : errno;
            sent = (int)Math.Max(n, 0);
        }

        if (_backlog.Count + message.Length - sent > MaxBacklog)
            return Errno.ENOSPC;
        _backlog.AddRange(message[sent..]);
        return Errno.Success;
    }

    /// <summary>Goes on with what could not be sent before.</summary>
    internal Errno Flush(int socket)
    {
        while (HasBacklog)
        {
            nint n = FdMessage.Send(socket, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_backlog), [], out Errno errno);
            if (n < 0)
                return errno == Errno.EAGAIN ? Errno.Success : errno;
            _backlog.RemoveRange(0, (int)n);
        }

        return Errno.Success;
    }
}
