// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;
using VhostDevice.Linux;
using VhostDevice.VhostUser.Wire;

namespace VhostDevice.VhostUser.BackEnd;

internal enum ReadResult
{
    Complete,

    /// <summary>The rest of the message has not arrived.</summary>
    Incomplete,
    Closed,

    /// <summary>See <see cref="MessageReader.Problem"/>.</summary>
    Broken,
}

/// <summary>Cuts the front-end's byte stream into messages without ever waiting.</summary>
/// <remarks>
/// Header and payload are received separately, because descriptors travel with the header's bytes and a larger read
/// could swallow the next message's.
/// </remarks>
internal sealed class MessageReader
{
    private const int MaxFdsPerMessage = MessageRule.MaxTableRegions;

    private readonly byte[] _header = new byte[MessageHeader.Size];
    private int _received;

    internal string Problem { get; private set; } = "";

    internal ReadResult Read(int socket, Message message)
    {
        if (_received == 0)
            message.CloseFds();
        while (true)
        {
            int have = _received - MessageHeader.Size;
            Span<byte> target = have < 0
                ? _header.AsSpan(_received)
                : message.Buffer[have..(int)message.Header.PayloadSize];
            if (target.IsEmpty)
            {
                _received = 0;
                return ReadResult.Complete;
            }

            nint n = FdMessage.Receive(socket, target, MaxFdsPerMessage, message.Fds, out bool truncated, out Errno errno);
            if (n < 0)
            {
                if (errno == Errno.EAGAIN)
                    return ReadResult.Incomplete;
                return errno == Errno.ECONNRESET ? ReadResult.Closed : Fail($"the socket cannot be read: {errno}");
            }

            if (n == 0)
                return _received == 0 ? ReadResult.Closed : Fail("the connection ended within a message");
            if (truncated)
                return Fail($"a message carried more than {MaxFdsPerMessage} file descriptors");
            if (message.Fds.Count > MaxFdsPerMessage)
                return Fail("file descriptors piled up within one message");
            bool wasHeader = have < 0;
            _received += (int)n;
            if (!wasHeader || _received < MessageHeader.Size)
                continue;
            message.Header = MemoryMarshal.Read<MessageHeader>(_header);
            if (Check(message.Header) is { } problem)
                return Fail(problem);
        }
    }

    private static string? Check(MessageHeader header)
    {
        if ((header.Flags & MessageFlags.VersionMask) != MessageFlags.Version1)
            return $"message {header.Request} has protocol version {(uint)(header.Flags & MessageFlags.VersionMask)}, only 1 is known";
        if ((header.Flags & MessageFlags.Reply) != 0)
            return $"message {header.Request} is a reply, and nothing was asked";
        return header.PayloadSize > MessageRule.MaxPayloadOfAll
            ? $"message {header.Request} announces {header.PayloadSize} bytes, at most {MessageRule.MaxPayloadOfAll} are possible"
            : null;
    }

    private ReadResult Fail(string problem)
    {
        Problem = problem;
        return ReadResult.Broken;
    }
}
