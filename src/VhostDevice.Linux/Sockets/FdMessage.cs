// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux;

/// <summary>Bytes together with file descriptors over a Unix socket (SCM_RIGHTS).</summary>
public static unsafe class FdMessage
{
    /// <summary><c>SCM_MAX_FD</c>: the kernel passes no more descriptors in one message.</summary>
    public const int MaxFds = 253;

    /// <summary>Receives into <paramref name="buffer"/>; arriving descriptors are owned and appended to <paramref name="fds"/>.</summary>
    /// <param name="maxFds">
    /// Room for descriptors, at most <see cref="MaxFds"/>. More than that sets <paramref name="truncated"/>: the kernel
    /// dropped the rest, and what came is owned all the same.
    /// </param>
    /// <param name="wait">False: not even on a socket that its other owner has made blocking.</param>
    /// <returns>Bytes received, 0 when the peer closed, -1 on error.</returns>
    public static nint Receive(int socket, Span<byte> buffer, int maxFds, List<OwnedFd> fds, out bool truncated, out Errno errno, bool wait = true)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)maxFds, (uint)MaxFds, nameof(maxFds));
        // Not rounded up (CMSG_LEN, not CMSG_SPACE): the kernel would fill the padding with one descriptor more.
        nuint controlLength = (nuint)(sizeof(CMsgHdr) + (maxFds * sizeof(int)));
        byte* control = stackalloc byte[(int)controlLength];
        nint n;
        MsgHdr header = default;
        fixed (byte* data = buffer)
        {
            IoVec vector = new(data, (nuint)buffer.Length);
            do
            {
                header = new MsgHdr { Vectors = &vector, VectorCount = 1, Control = control, ControlLength = controlLength };
                n = Libc.recvmsg(socket, &header, Libc.MSG_CMSG_CLOEXEC | (wait ? 0 : Libc.MSG_DONTWAIT));
                errno = n < 0 ? Errno.Last : Errno.Success;
            }
            while (errno == Errno.EINTR);
        }

        truncated = n >= 0 && (header.Flags & Libc.MSG_CTRUNC) != 0;
        if (n >= 0)
            Collect(control, header.ControlLength, fds);
        return n;
    }

    /// <summary>Sends bytes and descriptors in one message, without SIGPIPE. The descriptors stay the caller's.</summary>
    /// <param name="wait">False: not even on a socket that its other owner has made blocking.</param>
    /// <returns>Bytes sent; descriptors travel with the first one. -1 on error.</returns>
    public static nint Send(int socket, ReadOnlySpan<byte> data, ReadOnlySpan<int> fds, out Errno errno, bool wait = true)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(fds.Length, MaxFds);
        nuint controlLength = fds.Length == 0 ? 0 : ControlSpace(fds.Length);
        byte* control = stackalloc byte[(int)controlLength];
        if (fds.Length > 0)
        {
            CMsgHdr* c = (CMsgHdr*)control;
            *c = new CMsgHdr { Length = (nuint)(sizeof(CMsgHdr) + (fds.Length * sizeof(int))), Level = Libc.SOL_SOCKET, Type = Libc.SCM_RIGHTS };
            fds.CopyTo(new Span<int>(c + 1, fds.Length));
        }

        fixed (byte* p = data)
        {
            IoVec vector = new(p, (nuint)data.Length);
            MsgHdr header = new()
            {
                Vectors = &vector,
                VectorCount = 1,
                Control = controlLength == 0 ? null : control,
                ControlLength = controlLength,
            };
            while (true)
            {
                nint n = Libc.sendmsg(socket, &header, Libc.MSG_NOSIGNAL | (wait ? 0 : Libc.MSG_DONTWAIT));
                errno = n < 0 ? Errno.Last : Errno.Success;
                if (errno != Errno.EINTR)
                    return n;
            }
        }
    }

    // Every descriptor gets its owner before anything about the message is judged.
    private static void Collect(byte* control, nuint length, List<OwnedFd> fds)
    {
        nuint at = 0;
        while (length - at >= (nuint)sizeof(CMsgHdr))
        {
            CMsgHdr* c = (CMsgHdr*)(control + at);
            if (c->Length < (nuint)sizeof(CMsgHdr) || c->Length > length - at)
                return;
            if (c->Level == Libc.SOL_SOCKET && c->Type == Libc.SCM_RIGHTS)
            {
                int count = (int)((c->Length - (nuint)sizeof(CMsgHdr)) / sizeof(int));
                int* numbers = (int*)(c + 1);
                for (int i = 0; i < count; i++)
                    fds.Add(new OwnedFd(numbers[i]));
            }

            nuint step = Align(c->Length);
            if (step > length - at)
                return;
            at += step;
        }
    }

    private static nuint ControlSpace(int fds) => (nuint)sizeof(CMsgHdr) + Align((nuint)(fds * sizeof(int)));

    private static nuint Align(nuint length) => (length + (nuint)sizeof(nuint) - 1) & ~((nuint)sizeof(nuint) - 1);
}
