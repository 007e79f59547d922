// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Text;

namespace VhostDevice.Linux;

/// <summary>
/// Lines of UTF-8 for a descriptor whose reader may be slow, or have stopped: what a pipe, a socket or a terminal does not
/// take at once is lost, and counted. A line for a file is written in any case. For any thread.
/// </summary>
public sealed unsafe class LineOutput
{
    private readonly Lock _gate = new();
    private readonly int _fd;
    private readonly bool _isFile;
    private long _lost;
    private bool _isTorn;

    /// <param name="fd">Stays the caller's; whether it blocks makes no difference.</param>
    public LineOutput(int fd)
    {
        _fd = fd;
        // Buffered writes to a file may say "not now" although nobody is behind.
        _isFile = Files.Stat(fd, out FileFacts facts).IsSuccess && facts.Kind is FileKind.Regular or FileKind.Block;
    }

    /// <summary>Lines that were lost since the last one that was taken.</summary>
    public long Lost
    {
        get
        {
            using Lock.Scope gate = _gate.EnterScope();
            return _lost;
        }
    }

    /// <summary>Writes a line, if it is taken.</summary>
    /// <param name="line">Without its end.</param>
    /// <param name="lost">Makes the line, told before this one, that says how many were lost.</param>
    public void Write(string line, Func<long, string> lost)
    {
        if (_isFile)
        {
            _ = Put(line);
            return;
        }

        // Nothing under the lock waits.
        using Lock.Scope gate = _gate.EnterScope();
        if (_lost > 0 && Put(lost(_lost)))
            _lost = 0;
        if (_lost > 0 || !Put(line))
            _lost++;
    }

    /// <summary>
    /// Waits until a line would be taken: for what must not be lost, where nobody waits for the caller.
    /// </summary>
    /// <param name="milliseconds">At most so long.</param>
    /// <returns>False when the time is over.</returns>
    public bool WaitForRoom(int milliseconds)
    {
        PollFd wanted = new() { Fd = _fd, Events = Libc.POLLOUT };
        return _isFile || Libc.poll(&wanted, 1, milliseconds) == 1;
    }

    // One write per line keeps the lines of several threads and processes apart.
    private bool Put(string line)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(_isTorn ? $"\n{line}\n" : line + "\n");
        fixed (byte* p = bytes)
        {
            nint n = _isFile
                ? FileIo.Write(_fd, p, (nuint)bytes.Length, out Errno errno)
                : NoWaitIo.Write(_fd, p, (nuint)bytes.Length, out errno);
            // Of other failures, such as a reader that has gone, there is nobody to tell.
            if (n < 0)
                return errno != Errno.EAGAIN;
            // The beginning of a line that did not fit: the next one must not go on in it.
            _isTorn = n < bytes.Length;
            return !_isTorn;
        }
    }
}
