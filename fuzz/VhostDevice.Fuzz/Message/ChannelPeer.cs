// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;
using VhostDevice.Linux;
using VhostDevice.VhostUser.Wire;

namespace VhostDevice.Fuzz.Message;

/// <summary>The front-end's end of the back-end's channel: reads what is asked there, and answers when the input says so.</summary>
/// <param name="socket">Stays the caller's. Connected to the descriptor that inputs send as the channel.</param>
internal sealed class ChannelPeer(OwnedFd socket)
{
    private readonly Queue<uint> _asked = new();
    private readonly List<byte> _bytes = [];
    private readonly List<OwnedFd> _files = [];
    private readonly byte[] _buffer = new byte[4096];

    /// <summary>Answers the oldest request that is not answered.</summary>
    /// <param name="file">Goes with the answer; -1 for none.</param>
    internal void Answer(byte code, int file)
    {
        Read();
        if (!_asked.TryDequeue(out uint request))
            return;
        MessageHeader header = new() { Request = request, Flags = MessageFlags.Version1 | MessageFlags.Reply, PayloadSize = sizeof(ulong) };
        byte[] answer = [.. MemoryMarshal.AsBytes(new ReadOnlySpan<MessageHeader>(in header)), code, 0, 0, 0, 0, 0, 0, 0];
        Write(answer, file < 0 ? [] : [file]);
    }

    internal void Write(ReadOnlySpan<byte> bytes, ReadOnlySpan<int> files)
    {
        if (!bytes.IsEmpty)
            _ = FdMessage.Send(socket.Fd, bytes, files, out _, wait: false);
    }

    /// <summary>The connection has ended: what was asked on its channel is nobody's any more.</summary>
    internal void Forget()
    {
        Read();
        _asked.Clear();
        _bytes.Clear();
    }

    private void Read()
    {
        nint n;
        while ((n = FdMessage.Receive(socket.Fd, _buffer, FdMessage.MaxFds, _files, out _, out _, wait: false)) > 0)
            _bytes.AddRange(_buffer.AsSpan(0, (int)n));
        foreach (OwnedFd file in _files)
            file.Dispose();
        _files.Clear();
        while (TryTake())
        {
        }
    }

    private bool TryTake()
    {
        ReadOnlySpan<byte> bytes = CollectionsMarshal.AsSpan(_bytes);
        if (bytes.Length < MessageHeader.Size)
            return false;
        MessageHeader header = MemoryMarshal.Read<MessageHeader>(bytes);
        int length = MessageHeader.Size + (int)header.PayloadSize;
        if (header.PayloadSize > 64 || bytes.Length < length)
            return false;
        Promise.Keep((header.Flags & MessageFlags.Reply) == 0, "what is asked does not look like an answer");
        if ((header.Flags & MessageFlags.NeedReply) != 0)
            _asked.Enqueue(header.Request);
        _bytes.RemoveRange(0, length);
        return true;
    }
}
