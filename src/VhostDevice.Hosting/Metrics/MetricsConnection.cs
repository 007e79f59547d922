// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Hosting.Metrics;

/// <summary>One client: a request, an answer, the end. Whoever is slow or talks too much is cut off.</summary>
internal sealed unsafe class MetricsConnection : IFdHandler, IDisposable
{
    /// <summary>More than any client has to say.</summary>
    private const int MaxHead = 8192;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    private readonly OwnedFd _socket;
    private readonly Func<byte[]> _body;
    private readonly Action<MetricsConnection> _ended;
    private readonly byte[] _head = new byte[MaxHead];
    private LoopTimer? _timer;
    private FdWatch? _watch;
    private byte[]? _reply;
    private int _received;
    private int _sent;

    private MetricsConnection(OwnedFd socket, Func<byte[]> body, Action<MetricsConnection> ended)
    {
        _socket = socket;
        _body = body;
        _ended = ended;
    }

    /// <summary>Begins to serve; the socket, which must be non-blocking, is the connection's from now on.</summary>
    /// <param name="ended">Called once, when there is nothing more to do; disposes the connection.</param>
    internal static Errno Start(EventLoop loop, OwnedFd socket, Func<byte[]> body, Action<MetricsConnection> ended, out MetricsConnection? connection)
    {
        MetricsConnection made = new(socket, body, ended);
        Errno errno = loop.CreateTimer(() => ended(made), out made._timer);
        if (errno.IsSuccess)
            errno = loop.Watch(socket.Fd, Readiness.Readable, made, out made._watch);
        connection = errno.IsSuccess ? made : null;
        if (errno.IsError)
            made.Dispose();
        else
            made._timer!.Start(s_patience);
        return errno;
    }

    public void OnReady(Readiness readiness)
    {
        if (_reply is null ? !Receive() : !Send())
            _ended(this);
    }

    public void Dispose()
    {
        _watch?.Dispose();
        _timer?.Dispose();
        _socket.Dispose();
    }

    // False: the end.
    private bool Receive()
    {
        nint n;
        Errno errno;
        fixed (byte* p = _head)
            n = FileIo.Read(_socket.Fd, p + _received, (nuint)(MaxHead - _received), out errno);
        if (n <= 0)
            return n < 0 && errno == Errno.EAGAIN;
        _received += (int)n;
        int end = HttpRequest.EndOfHead(_head.AsSpan(0, _received));
        if (end < 0 && _received < MaxHead)
            return true;
        HttpRequest request = end < 0 ? new HttpRequest(431, WithBody: true) : HttpRequest.Parse(_head.AsSpan(0, end));
        _reply = HttpResponse.Make(request, _body);
        _watch!.Interest = Readiness.Writable;
        return Send();
    }

    private bool Send()
    {
        while (_sent < _reply!.Length)
        {
            nint n = FdMessage.Send(_socket.Fd, _reply.AsSpan(_sent), [], out Errno errno);
            if (n < 0)
                return errno == Errno.EAGAIN;
            _sent += (int)n;
        }

        return false;
    }
}
