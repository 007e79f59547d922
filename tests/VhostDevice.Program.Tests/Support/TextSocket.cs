// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Text;
using VhostDevice.Linux;

namespace VhostDevice.Program.Tests.Support;

/// <summary>A client of a Unix socket that speaks text.</summary>
internal sealed unsafe class TextSocket : IDisposable
{
    private readonly OwnedFd _socket;

    internal TextSocket(string path)
    {
        Assert.True(UnixSocket.Connect(path, out OwnedFd? socket).IsSuccess, $"nobody listens on {path}");
        _socket = socket!;
    }

    internal void Send(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        fixed (byte* p = bytes)
            Assert.Equal(bytes.Length, FileIo.Write(_socket.Fd, p, (nuint)bytes.Length, out _));
    }

    internal void EndSending() => Assert.True(StreamSocket.Shutdown(_socket.Fd, reading: false, writing: true).IsSuccess);

    /// <summary>Reads until a line is the one that is waited for; false when the other side ends before.</summary>
    internal bool ReadUntil(Predicate<string> isLast)
    {
        List<byte> all = [];
        byte* buffer = stackalloc byte[4096];
        while (true)
        {
            string text = Encoding.UTF8.GetString([.. all]);
            if (Array.Exists(text.Split('\n')[..^1], isLast))
                return true;
            Assert.True(EventFd.Wait(_socket.Fd, Patience.Milliseconds), $"nothing came after '{text}'");
            nint n = FileIo.Read(_socket.Fd, buffer, 4096, out _);
            if (n <= 0)
                return false;
            all.AddRange(new ReadOnlySpan<byte>(buffer, (int)n));
        }
    }

    public void Dispose() => _socket.Dispose();
}
