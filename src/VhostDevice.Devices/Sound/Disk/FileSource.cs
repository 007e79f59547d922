// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Devices.Sound.Hosts;
using VhostDevice.Devices.Sound.Samples;
using VhostDevice.Hosting;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Sound.Disk;

/// <summary>
/// A file that guests record, from its beginning with each use: WAV, or bytes of a format that somebody says. Read ahead on a
/// thread of its own. Behind its end there is silence, or the beginning again.
/// </summary>
public sealed class FileSource : ISoundLine
{
    private const int LookedAt = 64 << 10;
    private const int LeastRoom = 64 << 10;
    private const int PeriodsOfRoom = 4;

    private readonly string _path;
    private readonly OwnedFd _file;
    private readonly ILogger _log;
    private readonly Worker _worker = new("sound-file");
    private readonly SoundFormat _format;
    private readonly long _at;
    private readonly long _bytes;
    private readonly bool _loops;

    private FileSource(string path, OwnedFd file, SoundFormat format, long at, long bytes, bool loops, ILogger log)
    {
        _path = path;
        _file = file;
        _format = format;
        _at = at;
        _bytes = bytes;
        _loops = loops;
        _log = log;
    }

    public string Name => _path;

    public SoundAbilities Abilities => SoundAbilities.Only(_format);

    /// <param name="raw">What the bytes mean where the file does not say it: where its name does not end in .wav.</param>
    /// <exception cref="StartupException">It cannot be read, is no plain file, or no WAV file that could be played.</exception>
    public static FileSource Open(string path, SoundFormat raw, bool loops, ILogger log)
    {
        OwnedFd file = SoundFile.OpenToRead(path, out long size);
        if (!SoundFile.IsWav(path))
            return new FileSource(path, file, raw, 0, size / raw.FrameBytes * raw.FrameBytes, loops, log);
        byte[] head = new byte[LookedAt];
        int n = Math.Max(ReadAt(file, head, 0, out _), 0);
        if (WavFile.TryReadHead(head.AsSpan(0, n), size, out SoundFormat format, out long at, out long bytes, out string problem))
            return new FileSource(path, file, format, at, bytes, loops, log);
        file.Dispose();
        throw new StartupException($"{path} cannot be recorded: {problem}", isUsage: true);
    }

    public ISoundSession? Open(SoundFormat format, int periodFrames, EventLoop loop, Action moved, out string problem)
    {
        problem = "";
        return new Session(this, periodFrames, loop);
    }

    public void Dispose()
    {
        _worker.Dispose();
        _file.Dispose();
    }

    private static unsafe int ReadAt(OwnedFd file, Span<byte> target, long at, out Errno errno)
    {
        fixed (byte* p = target)
            return (int)FileIo.PReadV(file.Fd, [new IoVec(p, (nuint)target.Length)], at, out errno);
    }

    private sealed class Session : WorkItem, ISoundSession
    {
        private readonly FileSource _line;
        private readonly ByteRing _ring;
        private long _read;
        private volatile bool _isAtEnd;
        private volatile bool _isEnding;

        internal Session(FileSource line, int periodFrames, EventLoop loop)
            : base(loop)
        {
            _line = line;
            int unit = line._format.FrameBytes;
            _ring = new ByteRing(Math.Max(LeastRoom / unit, periodFrames * PeriodsOfRoom) * unit);
            _isAtEnd = line._bytes == 0;
            Go();
        }

        public int DelayBytes => 0;

        public int Read(Span<byte> frames)
        {
            int n = _ring.Take(frames, _line._format.FrameBytes);
            Go();
            return n;
        }

        public void Dispose() => _isEnding = true;

        protected override void Work()
        {
            while (!_isEnding && !_isAtEnd && _ring.Room > 0)
            {
                Span<byte> free = _ring.Free();
                free = free[..(int)Math.Min(free.Length, _line._bytes - _read)];
                int n = ReadAt(_line._file, free, _line._at + _read, out Errno errno);
                if (n <= 0)
                {
                    // Somebody has cut the file short.
                    _isAtEnd = true;
                    string why = n == 0 ? "it has become shorter" : errno.Message;
                    _line._log.LogError("{Path} cannot be read any more: {Error}; there is silence", _line._path, why);
                    return;
                }

                _ring.Added(n);
                _read += n;
                if (_read < _line._bytes)
                    continue;
                _read = 0;
                _isAtEnd = !_line._loops;
            }
        }

        protected override void Done(Exception? fault)
        {
        }

        private void Go()
        {
            if (!IsOut && !_isAtEnd && !_isEnding && _ring.Room >= _ring.Size / 2)
                _line._worker.Add(this);
        }
    }
}
