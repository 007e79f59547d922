// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;
using VhostDevice.Linux;
using VhostDevice.VhostUser.FrontEnd;
using Xunit;

namespace VhostDevice.VhostUser.Tests.FrontEnd;

/// <summary>
/// The other end of a front-end's connection, played by the test: answers are written before the request is made, and
/// the request's bytes are looked at afterwards. One thread, no timing.
/// </summary>
internal sealed class FakeBackEnd : IDisposable
{
    private readonly OwnedFd _socket;
    private readonly List<OwnedFd> _fds = [];

    internal FakeBackEnd()
    {
        FrontEnd = FrontEndConnection.CreatePair(out _socket);
        Assert.True(Files.SetNonBlocking(_socket.Fd).IsSuccess);
    }

    internal FrontEndConnection FrontEnd { get; }

    internal int Fd => _socket.Fd;

    /// <summary>Descriptors of the messages read so far.</summary>
    internal IReadOnlyList<OwnedFd> Fds => _fds;

    /// <summary>Writes bytes in hexadecimal; blanks are ignored.</summary>
    internal void Write(string hex, params ReadOnlySpan<int> fds)
    {
        byte[] bytes = FromHex(hex);
        Assert.Equal(bytes.Length, (int)FdMessage.Send(_socket.Fd, bytes, fds, out _));
    }

    /// <summary>The next bytes that the front-end has sent must be these, with so many descriptors, and nothing more.</summary>
    internal void AssertRead(string hex, int fds = 0)
    {
        byte[] expected = FromHex(hex);
        byte[] buffer = new byte[expected.Length + 64];
        int before = _fds.Count;
        nint n = FdMessage.Receive(_socket.Fd, buffer, FdMessage.MaxFds, _fds, out bool truncated, out Errno errno);
        Assert.False(truncated);
        Assert.True(errno.IsSuccess, errno.Message);
        Assert.Equal(Convert.ToHexStringLower(expected), Convert.ToHexStringLower(buffer.AsSpan(0, (int)n)));
        Assert.Equal(fds, _fds.Count - before);
    }

    internal void AssertNothingToRead()
    {
        Assert.Equal(-1, FdMessage.Receive(_socket.Fd, new byte[1], 0, _fds, out _, out Errno errno));
        Assert.Equal(Errno.EAGAIN, errno);
    }

    /// <summary>Closes this end, as a back-end that dies.</summary>
    internal void Close() => _socket.Dispose();

    public void Dispose()
    {
        FrontEnd.Dispose();
        _socket.Dispose();
        foreach (OwnedFd fd in _fds)
            fd.Dispose();
    }

    internal static byte[] FromHex(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));

    internal static string Hex<T>(T value)
        where T : unmanaged => Convert.ToHexStringLower(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)));
}
