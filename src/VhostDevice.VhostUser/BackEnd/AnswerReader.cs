// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;
using VhostDevice.Linux;
using VhostDevice.VhostUser.Wire;

namespace VhostDevice.VhostUser.BackEnd;

/// <summary>
/// Reads the answers to the back-end's requests: a header, a u64 that is 0 for yes, and a descriptor where one was asked
/// for. Never waits.
/// </summary>
internal sealed class AnswerReader : IDisposable
{
    private const int AnswerSize = MessageHeader.Size + sizeof(ulong);

    private readonly byte[] _answer = new byte[AnswerSize];
    private readonly List<OwnedFd> _files = [];
    private int _received;

    /// <summary>What is wrong with the stream after <see cref="ReadResult.Broken"/>.</summary>
    internal string Problem { get; private set; } = "";

    internal MessageHeader Header => MemoryMarshal.Read<MessageHeader>(_answer);

    /// <summary>After <see cref="ReadResult.Complete"/>: whether the front-end agreed.</summary>
    internal bool IsPositive => MemoryMarshal.Read<ulong>(_answer.AsSpan(MessageHeader.Size)) == 0;

    internal ReadResult Read(int socket)
    {
        while (_received < AnswerSize)
        {
            // No further than this answer: descriptors belong to the bytes that they come with.
            nint n = FdMessage.Receive(socket, _answer.AsSpan(_received), 1, _files, out bool truncated, out Errno errno, wait: false);
            if (n == 0 || errno == Errno.ECONNRESET)
                return ReadResult.Closed;
            if (errno == Errno.EAGAIN)
                return ReadResult.Incomplete;
            if (errno.IsError)
                return Fail($"the channel cannot be read: {errno}");
            if (truncated || _files.Count > 1)
                return Fail("an answer carried more than one file descriptor");
            bool hadHeader = _received >= MessageHeader.Size;
            _received += (int)n;
            if (!hadHeader && _received >= MessageHeader.Size && Check(Header) is { } problem)
                return Fail(problem);
        }

        _received = 0;
        return ReadResult.Complete;
    }

    /// <summary>Hands over what came with the answer, if anything did.</summary>
    internal OwnedFd? TakeFile()
    {
        if (_files.Count == 0)
            return null;
        OwnedFd file = _files[0];
        _files.Clear();
        return file;
    }

    public void Dispose()
    {
        foreach (OwnedFd file in _files)
            file.Dispose();
        _files.Clear();
    }

    private static string? Check(MessageHeader header)
    {
        if ((header.Flags & MessageFlags.VersionMask) != MessageFlags.Version1)
            return $"an answer has protocol version {(uint)(header.Flags & MessageFlags.VersionMask)}, only 1 is known";
        if ((header.Flags & MessageFlags.Reply) == 0)
            return $"message {header.Request} is no answer";
        return header.PayloadSize == sizeof(ulong) ? null : $"an answer has {header.PayloadSize} bytes instead of {sizeof(ulong)}";
    }

    private ReadResult Fail(string problem)
    {
        Problem = problem;
        return ReadResult.Broken;
    }
}
