// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Text;
using VhostDevice.Linux;

namespace VhostDevice.Hosting.Control;

/// <summary>A connection to a <see cref="ControlSocket"/>, for requests one after the other. Used by one thread.</summary>
public sealed unsafe class ControlConnection : IDisposable
{
    /// <summary>Longer than any request takes; opening an image on a slow network file system is the slowest.</summary>
    private const int PatienceMilliseconds = 30_000;

    private readonly OwnedFd _socket;
    private readonly string _what;
    private readonly string _path;
    private readonly byte[] _bytes = new byte[4096];
    private readonly char[] _characters = new char[Encoding.UTF8.GetMaxCharCount(4096)];
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private readonly StringBuilder _line = new();
    private int _count;
    private int _next;

    private ControlConnection(OwnedFd socket, string what, string path)
    {
        _socket = socket;
        _what = what;
        _path = path;
    }

    /// <param name="what">Who is asked, for messages.</param>
    /// <param name="hint">Another way to name the socket, for messages.</param>
    /// <exception cref="StartupException">Nobody listens there.</exception>
    public static ControlConnection Open(string what, string path, string hint = "")
    {
        Errno errno = UnixSocket.Connect(path, nonBlocking: true, out OwnedFd? connected);
        if (errno == Errno.EAGAIN)
            throw NoAnswer(what, path);
        if (errno.IsError)
        {
            throw new StartupException(errno == Errno.ENOENT || errno == Errno.ECONNREFUSED
                ? $"no {what} listens on {path}: start one with --control-socket {path}, or name the right socket with --control-socket{hint}"
                : $"cannot connect to {path}: {errno}");
        }

        _ = Files.SetBlocking(connected!.Fd);
        return new ControlConnection(connected, what, path);
    }

    /// <summary>Asks, and passes on the lines of the answer.</summary>
    /// <returns>Why it is refused; null when it was done.</returns>
    /// <exception cref="StartupException">The daemon ends, or says nothing for half a minute.</exception>
    public string? Ask(string request, Action<string>? write = null)
    {
        Send(request);
        while (true)
        {
            string line = ReadLine(forEver: false) ?? throw new StartupException($"the {_what} on {_path} ended before it answered");
            if (line == "ok")
                return null;
            if (line.StartsWith("error ", StringComparison.Ordinal))
                return line["error ".Length..];
            if (line.StartsWith("- ", StringComparison.Ordinal))
                write?.Invoke(line[2..]);
        }
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>The next line; null when the daemon has ended.</summary>
    internal string? ReadLine(bool forEver)
    {
        while (true)
        {
            for (; _next < _count; _next++)
            {
                if (_characters[_next] != '\n')
                {
                    _line.Append(_characters[_next]);
                    continue;
                }

                _next++;
                string line = _line.ToString();
                _line.Clear();
                return line;
            }

            if (!EventFd.Wait(_socket.Fd, forEver ? Timeout.Infinite : PatienceMilliseconds))
                throw NoAnswer(_what, _path);
            nint n;
            fixed (byte* p = _bytes)
                n = FileIo.Read(_socket.Fd, p, (nuint)_bytes.Length, out Errno errno);
            if (n <= 0)
                return null;
            _count = _decoder.GetChars(_bytes, 0, (int)n, _characters, 0);
            _next = 0;
        }
    }

    private void Send(string request)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(request + "\n");
        fixed (byte* p = bytes)
        {
            if (FileIo.Write(_socket.Fd, p, (nuint)bytes.Length, out Errno errno) != bytes.Length)
                throw new StartupException($"cannot write to {_path}: {errno}");
        }
    }

    private static StartupException NoAnswer(string what, string path) =>
        new($"the {what} on {path} does not answer: it is busy or stopped, so try again or look at its log");
}
