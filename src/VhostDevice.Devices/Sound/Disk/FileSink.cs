// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Devices.Sound.Hosts;
using VhostDevice.Devices.Sound.Samples;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Sound.Disk;

/// <summary>
/// What a guest plays, in a file: WAV, or the bytes as they are. Written on a thread of its own. One use follows the other in
/// the file; with another format a WAV file begins anew.
/// </summary>
public sealed class FileSink : ISoundLine
{
    private const int LeastRoom = 64 << 10;
    private const int PeriodsOfRoom = 4;

    private readonly string _path;
    private readonly OwnedFd _file;
    private readonly ILogger _log;
    private readonly Worker _worker = new("sound-file");
    private readonly bool _isWav;
    private Session? _last;
    private SoundFormat _format;
    private long _bytes;

    private FileSink(string path, OwnedFd file, ILogger log)
    {
        _path = path;
        _file = file;
        _log = log;
        _isWav = SoundFile.IsWav(path);
    }

    public string Name => _path;

    public SoundAbilities Abilities => _isWav ? SoundAbilities.All with { Formats = WavFile.Formats } : SoundAbilities.All;

    /// <summary>Makes the file, or empties it; a name with .wav is a WAV file.</summary>
    /// <exception cref="Hosting.StartupException">It cannot be written, or is no plain file.</exception>
    public static FileSink Create(string path, ILogger log) => new(path, SoundFile.OpenToWrite(path), log);

    public ISoundSession? Open(SoundFormat format, int periodFrames, EventLoop loop, Action moved, out string problem)
    {
        problem = "";
        return _last = new Session(this, format, periodFrames, loop, moved);
    }

    /// <summary>Writes what is still to be written.</summary>
    public void Dispose()
    {
        _worker.Dispose();
        _last?.Finish();
        _file.Dispose();
    }

    // On the worker's thread, or when it has ended.
    private unsafe Errno Write(ReadOnlySpan<byte> bytes, long at)
    {
        fixed (byte* p = bytes)
        {
            for (int done = 0; done < bytes.Length;)
            {
                nint n = FileIo.PWriteV(_file.Fd, [new IoVec(p + done, (nuint)(bytes.Length - done))], at + done, out Errno errno);
                if (errno.IsError)
                    return errno;
                done += (int)n;
            }
        }

        return Errno.Success;
    }

    private Errno WriteHead()
    {
        Span<byte> head = stackalloc byte[WavFile.HeadBytes];
        WavFile.WriteHead(head, _format, _bytes);
        return Write(head, 0);
    }

    private sealed class Session : WorkItem, ISoundSession
    {
        private readonly FileSink _line;
        private readonly Action _moved;
        private readonly SoundFormat _stored;
        private readonly bool _packs;
        private readonly int _unit;
        private readonly ByteRing _ring;
        private bool _wantsRoom;
        private volatile bool _isEnding;
        private volatile bool _hasFailed;
        private bool _hasBegun;
        private bool _isFinished;

        internal Session(FileSink line, SoundFormat format, int periodFrames, EventLoop loop, Action moved)
            : base(loop)
        {
            _line = line;
            _moved = moved;
            _stored = line._isWav ? format.As(WavFile.Stored(format.Sample)) : format;
            _packs = _stored != format;
            _unit = format.FrameBytes;
            _ring = new ByteRing(Math.Max(LeastRoom / _unit, periodFrames * PeriodsOfRoom) * _unit);
        }

        public int DelayBytes => _ring.Count;

        public bool HasFailed => _hasFailed;

        int ISoundSession.Write(ReadOnlySpan<byte> frames)
        {
            int n = _hasFailed ? 0 : _ring.Put(frames, _unit);
            _wantsRoom = n < frames.Length;
            if (!IsOut)
                _line._worker.Add(this);
            return n;
        }

        public void Dispose()
        {
            _isEnding = true;
            if (!IsOut && !_isFinished)
                _line._worker.Add(this);
        }

        /// <summary>The worker has ended.</summary>
        internal void Finish()
        {
            _isEnding = true;
            if (!_isFinished)
                Work();
        }

        protected override void Work()
        {
            bool isLast = _isEnding;
            Errno errno = _hasFailed ? Errno.Success : Begin();
            while (errno.IsSuccess && !_hasFailed && _ring.Count > 0)
                errno = Pass(_ring.Waiting());
            if (isLast)
            {
                _isFinished = true;
                if (errno.IsSuccess && _line._isWav && _hasBegun && !_hasFailed)
                    errno = _line.WriteHead();
            }

            if (errno.IsSuccess)
                return;
            _hasFailed = true;
            _line._log.LogError("{Path} cannot be written any more: {Error}; what is played there is lost", _line._path, errno.Message);
        }

        protected override void Done(Exception? fault)
        {
            _hasFailed |= fault is not null;
            if (_isFinished)
                return;
            if (_isEnding || (_ring.Count > 0 && !_hasFailed))
                _line._worker.Add(this);
            if (!_wantsRoom || _isEnding)
                return;
            _wantsRoom = false;
            _moved();
        }

        private Errno Begin()
        {
            if (_hasBegun)
                return Errno.Success;
            _hasBegun = true;
            if (_line._isWav && _line._format != _stored)
            {
                if (_line._bytes > 0)
                    _line._log.LogWarning("{Path} begins anew: {Format} follows {Former}", _line._path, _stored, _line._format);
                Errno errno = Files.Truncate(_line._file.Fd, 0);
                if (errno.IsError)
                    return errno;
                _line._bytes = 0;
            }

            _line._format = _stored;
            return _line._isWav ? _line.WriteHead() : Errno.Success;
        }

        private Errno Pass(Span<byte> waiting)
        {
            int taken = waiting.Length;
            if (_packs)
            {
                // The first three of each four bytes, in place: these places are the writer's until they are removed.
                taken -= taken % 4;
                for (int i = 0; i < taken / 4; i++)
                    waiting.Slice(i * 4, 3).CopyTo(waiting[(i * 3)..]);
                waiting = waiting[..(taken / 4 * 3)];
            }

            Errno errno = _line.Write(waiting, _line._bytes + (_line._isWav ? WavFile.HeadBytes : 0));
            if (errno.IsSuccess)
                _line._bytes += waiting.Length;
            _ring.Removed(taken);
            return errno;
        }
    }
}
