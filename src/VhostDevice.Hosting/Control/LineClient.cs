// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Text;
using VhostDevice.Linux;

namespace VhostDevice.Hosting.Control;

/// <summary>One client of a <see cref="LineServer"/>. For the loop's thread.</summary>
public sealed unsafe class LineClient : IFdHandler, IDisposable
{
    /// <summary>The longest line that a client may send, in bytes; a longer one ends the connection.</summary>
    public const int MaxLine = 4096;

    /// <summary>Bytes that wait for a client at the most; more than that ends the connection.</summary>
    public const int MaxWaiting = 256 * 1024;

    private readonly LineServer _server;
    private readonly OwnedFd _connection;
    private readonly byte[] _received = new byte[MaxLine + 1];
    private FdWatch? _watch;
    private byte[] _waiting = [];
    private int _receivedCount;
    private int _waitingStart;
    private int _waitingCount;
    private int _due;
    private bool _ended;

    internal LineClient(LineServer server, OwnedFd connection)
    {
        _server = server;
        _connection = connection;
    }

    /// <summary>The handler's own.</summary>
    public object? State { get; set; }

    /// <summary>Whether it is gone.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Whether it waits for an answer, or for whatever else was promised to it.</summary>
    internal bool IsOwed => _due > 0;

    /// <summary>When it last sent something or was sent something, in milliseconds of <see cref="Environment.TickCount64"/>.</summary>
    internal long LastUsed { get; private set; } = Environment.TickCount64;

    /// <summary>
    /// An answer will come later: until <see cref="EndAnswer"/>, a client that has ended its side stays connected. Never
    /// ended for one that is told of changes for as long as it stays.
    /// </summary>
    public void BeginAnswer() => _due++;

    /// <summary>The answer of one <see cref="BeginAnswer"/> was sent.</summary>
    public void EndAnswer()
    {
        _due--;
        CloseIfOver();
    }

    /// <summary>Sends a line, now or when the client reads; never waits.</summary>
    /// <param name="line">Without its end.</param>
    public void Send(string line)
    {
        if (IsClosed)
            return;
        int length = Encoding.UTF8.GetByteCount(line) + 1;
        if (_waitingCount + length > MaxWaiting)
        {
            Close();
            return;
        }

        Reserve(length);
        int end = _waitingStart + _waitingCount;
        Encoding.UTF8.GetBytes(line, _waiting.AsSpan(end));
        _waiting[end + length - 1] = (byte)'\n';
        bool first = _waitingCount == 0;
        _waitingCount += length;
        LastUsed = Environment.TickCount64;
        if (first)
            Flush();
    }

    /// <summary>Ends the connection; what waits is lost.</summary>
    public void Close()
    {
        if (IsClosed)
            return;
        IsClosed = true;
        Dispose();
        _server.Closed(this);
    }

    public void OnReady(Readiness readiness)
    {
        if ((readiness & Readiness.Writable) != 0)
            Flush();
        if (IsClosed || (readiness & ~Readiness.Writable) == 0)
            return;
        if (!_ended)
            Receive();
        else if ((readiness & (Readiness.HangUp | Readiness.Error)) != 0)
            Close(); // nobody is there who could read
    }

    /// <summary>Closes the descriptor without a word to the handler; see <see cref="Close"/>.</summary>
    public void Dispose()
    {
        IsClosed = true;
        _watch?.Dispose();
        _connection.Dispose();
    }

    internal Errno Start(EventLoop loop) => loop.Watch(_connection.Fd, Readiness.Readable, this, out _watch);

    private void Receive()
    {
        nint n;
        Errno errno;
        fixed (byte* p = _received)
            n = FileIo.Read(_connection.Fd, p + _receivedCount, (nuint)(_received.Length - _receivedCount), out errno);
        if (n < 0 && errno == Errno.EAGAIN)
            return;
        if (n <= 0)
        {
            End(errno);
            return;
        }

        LastUsed = Environment.TickCount64;
        _receivedCount += (int)n;
        int start = 0;
        while (!IsClosed && _received.AsSpan(start, _receivedCount - start).IndexOf((byte)'\n') is >= 0 and int length)
        {
            string line = Encoding.UTF8.GetString(_received, start, length).TrimEnd('\r');
            start += length + 1;
            _server.Received(this, line);
        }

        if (IsClosed)
            return;
        _received.AsSpan(start, _receivedCount - start).CopyTo(_received);
        _receivedCount -= start;
        if (_receivedCount > MaxLine)
            Close();
    }

    // A client may send what it wants, end its side, and then read.
    private void End(Errno errno)
    {
        _ended = true;
        if (errno.IsError)
            Close();
        else if (!CloseIfOver())
            _watch!.Interest = _waitingCount > 0 ? Readiness.Writable : Readiness.None;
    }

    private bool CloseIfOver()
    {
        bool over = _ended && _due == 0 && _waitingCount == 0;
        if (over)
            Close();
        return over;
    }

    private void Flush()
    {
        while (_waitingCount > 0)
        {
            nint n;
            Errno errno;
            fixed (byte* p = _waiting)
                n = FileIo.Write(_connection.Fd, p + _waitingStart, (nuint)_waitingCount, out errno);
            if (n < 0 && errno == Errno.EAGAIN)
            {
                _watch!.Interest = _ended ? Readiness.Writable : Readiness.Readable | Readiness.Writable;
                return;
            }

            if (n < 0)
            {
                Close();
                return;
            }

            _waitingStart += (int)n;
            _waitingCount -= (int)n;
        }

        _waitingStart = 0;
        if (!CloseIfOver())
            _watch!.Interest = _ended ? Readiness.None : Readiness.Readable;
    }

    private void Reserve(int more)
    {
        if (_waitingStart + _waitingCount + more <= _waiting.Length)
            return;
        byte[] to = _waitingCount + more <= _waiting.Length ? _waiting : new byte[Math.Max(4096, 2 * (_waitingCount + more))];
        _waiting.AsSpan(_waitingStart, _waitingCount).CopyTo(to);
        _waiting = to;
        _waitingStart = 0;
    }
}
