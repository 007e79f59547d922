// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Win32.SafeHandles;
using VhostDevice.Linux;

namespace VhostDevice.Program.Tests.Support;

/// <summary>Collects what a child writes into a pipe, line by line, on a thread of its own.</summary>
internal sealed class TextPipe : IDisposable
{
    private readonly OwnedFd _read;
    private readonly List<string> _lines = [];
    private readonly Thread _reader;
    private bool _ended;

    internal TextPipe(OwnedFd read)
    {
        _read = read;
        _reader = new Thread(Collect) { IsBackground = true, Name = "text pipe" };
        _reader.Start();
    }

    /// <summary>The lines until now.</summary>
    internal string[] Lines
    {
        get
        {
            lock (_lines)
                return [.. _lines];
        }
    }

    /// <summary>Waits until some line contains a text; the test fails when none comes.</summary>
    /// <param name="after">Lines to pass over, for a text that occurs again.</param>
    /// <returns>The line's number.</returns>
    internal int WaitFor(string text, int after = 0)
    {
        DateTime end = DateTime.UtcNow + Patience.Time;
        lock (_lines)
        {
            while (true)
            {
                int at = _lines.FindIndex(Math.Min(after, _lines.Count), l => l.Contains(text, StringComparison.Ordinal));
                if (at >= 0)
                    return at;
                TimeSpan left = end - DateTime.UtcNow;
                if (_ended || left <= TimeSpan.Zero || !Monitor.Wait(_lines, left))
                    Assert.Fail($"No line has \"{text}\":\n{string.Join('\n', _lines)}");
            }
        }
    }

    /// <summary>Waits until no process has the other end any more.</summary>
    /// <returns>All lines.</returns>
    internal string[] WaitForEnd()
    {
        Assert.True(_reader.Join(Patience.Milliseconds), "Somebody keeps the child's output open.");
        return Lines;
    }

    public void Dispose()
    {
        // The child has ended; its end of the pipe is closed.
        _reader.Join(Patience.Milliseconds);
        _read.Dispose();
    }

    private void Collect()
    {
        using SafeFileHandle handle = new(_read.Fd, ownsHandle: false);
        using StreamReader reader = new(new FileStream(handle, FileAccess.Read, bufferSize: 0));
        while (reader.ReadLine() is { } line)
        {
            lock (_lines)
            {
                _lines.Add(line);
                Monitor.PulseAll(_lines);
            }
        }

        lock (_lines)
        {
            _ended = true;
            Monitor.PulseAll(_lines);
        }
    }
}
