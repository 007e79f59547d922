// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Text;
using VhostDevice.Linux;

namespace VhostDevice.Program.Tests.Support;

/// <summary>Speaks HTTP over a Unix socket, byte by byte as the test wants it.</summary>
internal sealed class UnixHttp : IDisposable
{
    private readonly OwnedFd _socket;

    internal UnixHttp(string path)
    {
        Assert.True(UnixSocket.Connect(path, out OwnedFd? socket).IsSuccess, $"nobody listens on {path}");
        _socket = socket!;
    }

    internal static string Get(string path, string request = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
    {
        using UnixHttp http = new(path);
        http.Send(request);
        return http.ReadToEnd();
    }

    /// <summary>Sends as much as the other side takes; it may close at any time.</summary>
    internal void Send(string text) => FdMessage.Send(_socket.Fd, Encoding.Latin1.GetBytes(text), [], out _);

    /// <summary>All until the other side closes.</summary>
    internal unsafe string ReadToEnd()
    {
        List<byte> all = [];
        byte* buffer = stackalloc byte[4096];
        while (true)
        {
            Assert.True(EventFd.Wait(_socket.Fd, Patience.Milliseconds), "The connection stays open.");
            nint n = FileIo.Read(_socket.Fd, buffer, 4096, out _);
            if (n <= 0)
                return Encoding.UTF8.GetString(all.ToArray());
            all.AddRange(new ReadOnlySpan<byte>(buffer, (int)n));
        }
    }

    public void Dispose() => _socket.Dispose();
}
