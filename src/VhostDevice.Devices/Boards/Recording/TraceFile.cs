// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Text;

namespace VhostDevice.Devices.Boards.Recording;

/// <summary>
/// Where a trace goes: two files, so that a recording never takes more than twice its limit. When FILE is full, it goes on
/// in FILE.1 (before the suffix: <c>x.1.vcd</c>), then in FILE again, from its start. Both are open from the beginning, so nothing
/// has to be opened later.
/// </summary>
public sealed class TraceFile : IDisposable
{
    private readonly FileStream[] _files;
    private readonly StringBuilder _text = new();
    private readonly long _limit;
    private byte[] _bytes = new byte[16 * 1024];
    private int _current;
    private bool _failed;

    /// <param name="limit">Bytes in each of the two files, about.</param>
    /// <exception cref="IOException">A file cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be made.</exception>
    public TraceFile(string path, long limit)
    {
        _limit = limit;
        FileStream first = Create(path);
        try
        {
            _files = [first, Create(Second(path))];
        }
        catch
        {
            first.Dispose();
            throw;
        }
    }

    /// <summary>Whether the file is full and <see cref="Turn"/> is due.</summary>
    internal bool IsFull => _files[_current].Position + _text.Length >= _limit;

    /// <summary>What is to be written.</summary>
    internal StringBuilder Text => _text;

    /// <summary>The second file of a recording.</summary>
    public static string Second(string path) =>
        Path.Combine(Path.GetDirectoryName(path) ?? "", Path.GetFileNameWithoutExtension(path) + ".1" + Path.GetExtension(path));

    public void Dispose()
    {
        Write();
        foreach (FileStream file in _files)
            file.Dispose();
    }

    /// <summary>Writes what was appended. A full disk ends the recording, not the board.</summary>
    internal void Write()
    {
        if (_text.Length == 0)
            return;
        int most = Encoding.UTF8.GetMaxByteCount(_text.Length);
        if (_bytes.Length < most)
            _bytes = new byte[most];
        int count = 0;
        foreach (ReadOnlyMemory<char> chunk in _text.GetChunks())
            count += Encoding.UTF8.GetBytes(chunk.Span, _bytes.AsSpan(count));
        _text.Clear();
        if (_failed)
            return;
        try
        {
            _files[_current].Write(_bytes, 0, count);
        }
        catch (IOException)
        {
            _failed = true;
        }
    }

    /// <summary>Goes on in the other file, from its start.</summary>
    internal void Turn()
    {
        Write();
        _current = 1 - _current;
        if (_failed)
            return;
        try
        {
            _files[_current].SetLength(0);
            _files[_current].Position = 0;
        }
        catch (IOException)
        {
            _failed = true;
        }
    }

    private static FileStream Create(string path) =>
        new(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
}
