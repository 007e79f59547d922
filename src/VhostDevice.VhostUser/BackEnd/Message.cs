// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;
using VhostDevice.Linux;
using VhostDevice.VhostUser.Wire;

namespace VhostDevice.VhostUser.BackEnd;

/// <summary>
/// A received message: header, payload (already within the bounds of its rule) and the descriptors that came with it.
/// Descriptors that nobody takes are closed when the next message is read.
/// </summary>
internal sealed class Message
{
    // Stands where a descriptor was taken out.
    private static readonly OwnedFd s_taken = new(-1);

    private readonly byte[] _payload = new byte[MessageRule.MaxPayloadOfAll];

    internal MessageHeader Header { get; set; }

    internal FrontEndRequest Request => (FrontEndRequest)Header.Request;

    internal bool NeedsReply => (Header.Flags & MessageFlags.NeedReply) != 0;

    internal List<OwnedFd> Fds { get; } = [];

    internal Span<byte> Buffer => _payload;

    internal ReadOnlySpan<byte> Payload => _payload.AsSpan(0, (int)Header.PayloadSize);

    /// <summary>The payload as one structure; the rule made sure that there are enough bytes.</summary>
    internal T As<T>()
        where T : unmanaged => MemoryMarshal.Read<T>(Payload);

    /// <summary>Takes ownership of the descriptor at <paramref name="index"/>, null when none came.</summary>
    internal OwnedFd? TakeFd(int index = 0)
    {
        if (index >= Fds.Count)
            return null;
        OwnedFd fd = Fds[index];
        Fds[index] = s_taken;
        return fd;
    }

    internal void CloseFds()
    {
        foreach (OwnedFd fd in Fds)
        {
            if (!ReferenceEquals(fd, s_taken))
                fd.Dispose();
        }

        Fds.Clear();
    }
}
