// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.VhostUser.BackEnd;

/// <summary>
/// Reads what comes in on a front-end's socket that is only written to, and throws it away: descriptors that lie unread in
/// it stay open, and one of them could be the front-end's own end of the connection, whose end would then never come.
/// </summary>
internal sealed unsafe class UnwantedInput : IFdHandler, IDisposable
{
    private const int ReadsPerTurn = 16;
    private const int BufferSize = 4096;

    private readonly int _fd;
    private FdWatch? _watch;

    private UnwantedInput(int fd) => _fd = fd;

    /// <summary>Begins to read, on the loop; the descriptor stays the caller's, and does not block.</summary>
    internal static Errno Begin(EventLoop loop, int fd, out UnwantedInput? input)
    {
        UnwantedInput made = new(fd);
        Errno errno = loop.Watch(fd, Readiness.Readable, made, out made._watch);
        input = errno.IsSuccess ? made : null;
        return errno;
    }

    /// <summary>Reads for a while. Without room for descriptors the kernel drops those that come along.</summary>
    /// <returns>
    /// False at the end of the stream: there will be nothing more to read, and being told of it again and again would be the
    /// loop's only work.
    /// </returns>
    internal static bool ThrowAway(int fd)
    {
        byte* buffer = stackalloc byte[BufferSize];
        for (int i = 0; i < ReadsPerTurn; i++)
        {
            nint n = NoWaitIo.Read(fd, buffer, BufferSize, out Errno errno);
            if (errno == Errno.EAGAIN)
                return true;
            if (n <= 0)
                return false;
        }

        return true;
    }

    public void OnReady(Readiness readiness)
    {
        if (!ThrowAway(_fd))
            Dispose();
    }

    public void Dispose()
    {
        _watch?.Dispose();
        _watch = null;
    }
}
