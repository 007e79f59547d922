// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers;
using System.Text;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Boards.Recording;

/// <summary>
/// Where a trace goes: two files, so that a recording never takes more than twice its limit. When FILE is full, it goes on
/// in FILE.1 (before the suffix: <c>x.1.vcd</c>), then in FILE again, from its start. Both are open from the beginning, so nothing
/// has to be opened later, where a sandbox may forbid it; and no <see cref="FileStream"/>, whose locks it forbids, too.
/// </summary>
public sealed unsafe class TraceFile : IDisposable
{
    private readonly OwnedFd[] _files;
    private readonly StringBuilder _text = new();
    private readonly ArrayBufferWriter<byte> _binary = new();
    private readonly long _limit;
    private bool _isDisposed;
    private byte[] _bytes = new byte[16 * 1024];
    private int _current;
    private long _position;
    private bool _failed;

    private TraceFile(OwnedFd[] files, long limit)
    {
        _files = files;
        _limit = limit;
    }

    /// <summary>Whether the file is full and <see cref="Turn"/> is due.</summary>
    internal bool IsFull => _position + _text.Length + _binary.WrittenCount >= _limit;

    /// <summary>What is to be written, of a file that is text.</summary>
    internal StringBuilder Text => _text;

    /// <summary>Makes the two files, or empties those that are there.</summary>
    /// <param name="limit">Bytes in each of the two files, about.</param>
    /// <param name="file">Null when this fails.</param>
    public static Errno Create(string path, long limit, out TraceFile? file)
    {
        file = null;
        Errno errno = Linux.Files.Create(path, out OwnedFd? first);
        if (errno.IsError)
            return errno;
        errno = Linux.Files.Create(Second(path), out OwnedFd? second);
        if (errno.IsError)
            first!.Dispose();
        else
            file = new TraceFile([first!, second!], limit);
        return errno;
    }

    /// <summary>The second file of a recording.</summary>
    public static string Second(string path) =>
        Path.Combine(Path.GetDirectoryName(path) ?? "", Path.GetFileNameWithoutExtension(path) + ".1" + Path.GetExtension(path));

    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        Write();
        foreach (OwnedFd file in _files)
            file.Dispose();
    }

    /// <summary>Adds what is to be written, of a file that is not text.</summary>
    internal void Append(ReadOnlySpan<byte> bytes) => _binary.Write(bytes);

    /// <summary>Writes what was appended. A full disk ends the recording, not the board.</summary>
    internal void Write()
    {
        if (_binary.WrittenCount > 0)
        {
            if (!_failed)
                Write(_binary.WrittenSpan);
            _binary.ResetWrittenCount();
        }

        if (_text.Length == 0)
            return;
        int most = Encoding.UTF8.GetMaxByteCount(_text.Length);
        if (_bytes.Length < most)
            _bytes = new byte[most];
        int count = 0;
        foreach (ReadOnlyMemory<char> chunk in _text.GetChunks())
            count += Encoding.UTF8.GetBytes(chunk.Span, _bytes.AsSpan(count));
        _text.Clear();
        if (!_failed)
            Write(_bytes.AsSpan(0, count));
    }

    /// <summary>Goes on in the other file, from its start.</summary>
    internal void Turn()
    {
        Write();
        _current = 1 - _current;
        _position = 0;
        _failed |= Linux.Files.Truncate(_files[_current].Fd, 0).IsError;
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* p = bytes)
        {
            for (int done = 0; done < bytes.Length;)
            {
                nint n = FileIo.PWriteV(_files[_current].Fd, [new IoVec(p + done, (nuint)(bytes.Length - done))], _position, out _);
                if (n <= 0)
                {
                    _failed = true;
                    return;
                }

                done += (int)n;
                _position += n;
            }
        }
    }
}
