// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Text;

namespace VhostDevice.Devices.Boards.Can.Logs;

/// <summary>The lines of a text, none of which may be longer than a bound.</summary>
internal sealed class BoundedLines : IDisposable
{
    // A frame of 64 bytes takes some 300 characters.
    private const int MaxLine = 2048;

    private readonly StreamReader _reader;
    private readonly string _name;
    private readonly StringBuilder _line = new();

    internal BoundedLines(Stream stream, string name)
    {
        _reader = new StreamReader(stream, Encoding.Latin1, detectEncodingFromByteOrderMarks: false, leaveOpen: true);
        _name = name;
    }

    /// <summary>Number of the line that was read last, from 1.</summary>
    internal int Number { get; private set; }

    /// <summary>The next line without its end; null at the end of the text.</summary>
    /// <exception cref="CanLogException">The line is too long.</exception>
    internal string? Next()
    {
        _line.Clear();
        Number++;
        while (true)
        {
            int next = _reader.Read();
            if (next is -1 or '\n')
                return next == -1 && _line.Length == 0 ? null : _line.ToString().TrimEnd('\r');
            if (_line.Length == MaxLine)
                throw Wrong("the line is too long to be one of a recording");
            _line.Append((char)next);
        }
    }

    internal CanLogException Wrong(string problem) => new($"{_name}:{Number}: {problem}");

    public void Dispose() => _reader.Dispose();
}
