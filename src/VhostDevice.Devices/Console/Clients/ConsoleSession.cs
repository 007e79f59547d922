// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using System.Text;
using VhostDevice.Hosting;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Console.Clients;

/// <summary>Hears what comes to a <see cref="ConsoleSession"/>.</summary>
internal interface ISessionOwner
{
    /// <summary>The daemon let us in, or not.</summary>
    void Began(string port);

    /// <summary>The guest wrote this.</summary>
    void Wrote(ReadOnlySpan<byte> bytes);

    /// <summary>What was kept is told; from here on it comes as it is written.</summary>
    void Live();

    /// <summary>The guest wrote so much that nobody got.</summary>
    void Lost(long bytes);

    /// <summary>There is room for more on the way to the guest.</summary>
    void RoomAgain();

    /// <summary>It is over: in one line for people, or null when the port is just gone.</summary>
    void Ended(string? problem);

    /// <summary>Somebody else writes from now on.</summary>
    void Stolen();
}

/// <summary>The client's side of <see cref="ConsoleClient"/>: a connection to a daemon's control socket, attached to a port.</summary>
internal sealed unsafe class ConsoleSession : IFdHandler, IDisposable
{
    private const int ReadBytes = 64 * 1024;

    // Half of it, so that a line of base64 is never too long.
    private const int ChunkBytes = 2048;

    private readonly ISessionOwner _owner;
    private readonly OwnedFd _socket;
    private readonly StringBuilder _line = new();
    private readonly byte[] _read = new byte[ReadBytes];
    private readonly List<byte> _unsent = [];
    private FdWatch? _watch;
    private bool _isAttached;
    private bool _isOver;
    private int _underWay;

    private ConsoleSession(OwnedFd socket, ISessionOwner owner)
    {
        _socket = socket;
        _owner = owner;
    }

    /// <summary>Bytes that may be sent now.</summary>
    internal int Room => _isAttached ? ConsoleClient.MostIn - _underWay : 0;

    /// <summary>Nothing that was sent is under way any more.</summary>
    internal bool IsQuiet => _underWay == 0;

    /// <summary>Connects and asks. What comes of it is told on the loop.</summary>
    /// <exception cref="StartupException">Nobody listens there.</exception>
    internal static ConsoleSession Connect(EventLoop loop, string path, AttachRequest request, ISessionOwner owner)
    {
        Errno errno = UnixSocket.Connect(path, nonBlocking: true, out OwnedFd? socket);
        if (errno == Errno.ENOENT || errno == Errno.ECONNREFUSED)
        {
            throw new StartupException(
                $"no console daemon listens on {path}: start one with --control-socket {path}, or name the right socket with --control-socket");
        }

        if (errno.IsError)
            throw new StartupException($"cannot connect to {path}: {errno}");
        ConsoleSession made = new(socket!, owner);
        errno = loop.Watch(socket!.Fd, Readiness.Readable, made, out made._watch);
        if (errno.IsError)
        {
            made.Dispose();
            throw new StartupException($"cannot wait for {path}: {errno}");
        }

        made.Put(request.ToString());
        return made;
    }

    /// <summary>Sends bytes to the guest.</summary>
    /// <returns>How many were taken; less than all: <see cref="ISessionOwner.RoomAgain"/> follows.</returns>
    internal int Send(ReadOnlySpan<byte> bytes)
    {
        int all = Math.Min(bytes.Length, Room);
        for (int at = 0; at < all; at += ChunkBytes)
        {
            int n = Math.Min(ChunkBytes, all - at);
            Put("in " + Convert.ToBase64String(bytes.Slice(at, n)));
        }

        _underWay += all;
        return all;
    }

    internal void Resize(WindowSize size) => Put(string.Create(CultureInfo.InvariantCulture, $"size {size.Columns}x{size.Rows}"));

    public void OnReady(Readiness readiness)
    {
        if ((readiness & Readiness.Writable) != 0)
            Flush();
        if ((readiness & ~Readiness.Writable) == 0)
            return;
        nint n;
        Errno errno;
        fixed (byte* p = _read)
            n = FileIo.Read(_socket.Fd, p, ReadBytes, out errno);
        if (n < 0 && errno == Errno.EAGAIN)
            return;
        if (n <= 0)
        {
            End(_isAttached ? "the daemon has ended" : "the daemon ended before it answered");
            return;
        }

        Hear(_read.AsSpan(0, (int)n));
    }

    private void Hear(ReadOnlySpan<byte> heard)
    {
        int shown = 0;
        foreach (byte b in heard)
        {
            if (b != '\n')
            {
                _line.Append((char)b);
                continue;
            }

            shown += Take(_line.ToString());
            _line.Clear();
            if (_isOver)
                return;
        }

        if (shown > 0)
            Put(string.Create(CultureInfo.InvariantCulture, $"ack {shown}"));
    }

    public void Dispose()
    {
        _isOver = true;
        _watch?.Dispose();
        _socket.Dispose();
    }

    // Bytes of the guest in the line.
    private int Take(string line)
    {
        int blank = line.IndexOf(' ', StringComparison.Ordinal);
        string word = blank < 0 ? line : line[..blank];
        string rest = blank < 0 ? "" : line[(blank + 1)..];
        switch (word)
        {
            case "out":
                byte[] bytes = Convert.FromBase64String(rest);
                _owner.Wrote(bytes);
                return bytes.Length;
            case "lost" when long.TryParse(rest, out long lost):
                _owner.Lost(lost);
                break;
            case "took" when int.TryParse(rest, out int took):
                _underWay -= took;
                _owner.RoomAgain();
                break;
            case "ok":
                _isAttached = true;
                _owner.Began(rest);
                break;
            case "live":
                _owner.Live();
                break;
            case "reading":
                _owner.Stolen();
                break;
            case "error":
                End(rest);
                break;
            case "ended":
                End(null);
                break;
            default:
                break;
        }

        return 0;
    }

    private void End(string? problem)
    {
        if (_isOver)
            return;
        _isOver = true;
        _watch!.Interest = Readiness.None;
        _owner.Ended(problem);
    }

    private void Put(string line)
    {
        if (_isOver)
            return;
        bool waits = _unsent.Count > 0;
        _unsent.AddRange(Encoding.ASCII.GetBytes(line));
        _unsent.Add((byte)'\n');
        if (!waits)
            Flush();
    }

    private void Flush()
    {
        while (_unsent.Count > 0)
        {
            byte[] bytes = [.. _unsent];
            nint n;
            Errno errno;
            fixed (byte* p = bytes)
                n = FileIo.Write(_socket.Fd, p, (nuint)bytes.Length, out errno);
            if (n < 0 && errno != Errno.EAGAIN)
            {
                End("the daemon has ended");
                return;
            }

            if (n <= 0)
                break;
            _unsent.RemoveRange(0, (int)n);
        }

        _watch!.Interest = Readiness.Readable | (_unsent.Count > 0 ? Readiness.Writable : Readiness.None);
    }
}
