// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Sound.Samples;

namespace VhostDevice.Devices.Sound.Hosts;

/// <summary>
/// A cable: what one stream plays into it, any number of others record, of the same guest or of others, on any loops. One lock,
/// held while frames are copied.
/// </summary>
/// <remarks>
/// Player and listeners move a period at a time, each at its own moments. So a listener begins when there is a period of
/// each and <see cref="SlackMilliseconds"/> more, and then always finds what it needs. Its silence before that, and when the
/// player has nothing, is as long as it takes.
/// </remarks>
/// <param name="name">For people.</param>
public sealed class SoundCable(string name)
{
    /// <summary>How late a loop may be without a gap in what is heard.</summary>
    internal const int SlackMilliseconds = 20;

    private const int KeptMilliseconds = 500;
    private const int KeptPeriods = 4;
    private const int MostKept = 8 << 20;

    private readonly Lock _gate = new();
    private byte[] _ring = [];
    private long _written;
    private Play? _current;
    private int _plays;
    private SoundFormat _format;

    public string Name => name;

    internal ISoundSession? BeginPlay(SoundFormat format, int periodFrames, out string problem)
    {
        lock (_gate)
        {
            problem = _current is null ? "" : "another stream plays into it";
            if (_current is not null)
                return null;
            Play play = _current = new Play(periodFrames);
            _plays++;
            _format = format;
            int most = MostKept / format.FrameBytes;
            int frames = Math.Min(Math.Max((int)(format.Rate * (long)KeptMilliseconds / 1000), periodFrames * KeptPeriods), most);
            int size = frames * format.FrameBytes;
            if (_ring.Length != size)
                _ring = new byte[size];
            _written = 0;
            return new Player(this, play);
        }
    }

    internal ISoundSession Listen(SoundFormat format, int periodFrames) => new Listener(this, format, periodFrames);

    private void Put(ReadOnlySpan<byte> frames)
    {
        lock (_gate)
        {
            if (frames.Length > _ring.Length)
            {
                _written += frames.Length - _ring.Length;
                frames = frames[^_ring.Length..];
            }

            int at = (int)(_written % _ring.Length);
            int first = Math.Min(frames.Length, _ring.Length - at);
            frames[..first].CopyTo(_ring.AsSpan(at));
            frames[first..].CopyTo(_ring);
            _written += frames.Length;
        }
    }

    // Under the lock.
    private void Copy(long from, Span<byte> target)
    {
        int at = (int)(from % _ring.Length);
        int first = Math.Min(target.Length, _ring.Length - at);
        _ring.AsSpan(at, first).CopyTo(target);
        _ring.AsSpan(0, target.Length - first).CopyTo(target[first..]);
    }

    /// <summary>Of the stream that plays. Under the lock.</summary>
    private sealed class Play(int periodFrames)
    {
        internal int PeriodFrames => periodFrames;

        internal bool IsRunning { get; set; }
    }

    private sealed class Player(SoundCable cable, Play play) : ISoundSession
    {
        public int DelayBytes => 0;

        public void Start() => Set(true);

        public void Stop() => Set(false);

        public int Write(ReadOnlySpan<byte> frames)
        {
            cable.Put(frames);
            return frames.Length;
        }

        public void Dispose()
        {
            lock (cable._gate)
            {
                if (cable._current == play)
                    cable._current = null;
            }
        }

        private void Set(bool isRunning)
        {
            lock (cable._gate)
                play.IsRunning = isRunning;
        }
    }

    private sealed class Listener(SoundCable cable, SoundFormat format, int periodFrames) : ISoundSession
    {
        private const int PieceFrames = 512;

        private byte[] _piece = [];
        private long _read;
        private int _play = -1;
        private bool _isHearing;

        public int DelayBytes
        {
            get
            {
                lock (cable._gate)
                    return IsConnected ? (int)Math.Min((cable._written - _read) / cable._format.FrameBytes * format.FrameBytes, int.MaxValue) : 0;
            }
        }

        // Rates that differ are not turned into each other: that would be silence with a hum.
        private bool IsConnected => _play == cable._plays && cable._format.Rate == format.Rate
            && (cable._format == format || (SampleFormats.IsNumber(cable._format.Sample) && SampleFormats.IsNumber(format.Sample)));

        public int Read(Span<byte> frames)
        {
            lock (cable._gate)
            {
                int wanted = frames.Length / format.FrameBytes;
                int frameBytes = cable._format.FrameBytes;
                bool isNew = _play != cable._plays;
                _play = cable._plays;
                if (!IsConnected || cable._ring.Length == 0)
                    return 0;
                // Who comes later, or was too slow for too long, hears what has just been played.
                if (isNew)
                    _isHearing = false;
                if (isNew || cable._written - _read > cable._ring.Length)
                    _read = Math.Max(0, cable._written - Needed(wanted) * frameBytes);
                long there = (cable._written - _read) / frameBytes;
                if (!_isHearing && !MayBegin(there, wanted))
                    return 0;
                int count = (int)Math.Min(there, wanted);
                _isHearing = count == wanted;
                Take(frames[..(count * format.FrameBytes)], count);
                return count * format.FrameBytes;
            }
        }

        public void Dispose()
        {
        }

        // What a player has left behind is heard at once.
        private bool MayBegin(long there, int wanted) => cable._current is { IsRunning: true } ? there >= Needed(wanted) : there > 0;

        // Frames with which nothing is missing until the player and this listener have moved once more.
        private long Needed(int wanted)
        {
            long slack = (long)format.Rate * SlackMilliseconds / 1000;
            int played = cable._current?.PeriodFrames ?? 0;
            return Math.Min(Math.Max(wanted, periodFrames) + played + slack, cable._ring.Length / cable._format.FrameBytes);
        }

        private void Take(Span<byte> target, int count)
        {
            if (cable._format == format)
            {
                cable.Copy(_read, target);
                _read += target.Length;
                return;
            }

            int frameBytes = cable._format.FrameBytes;
            if (_piece.Length != PieceFrames * frameBytes)
                _piece = new byte[PieceFrames * frameBytes];
            for (int done = 0; done < count;)
            {
                int n = Math.Min(count - done, PieceFrames);
                Span<byte> piece = _piece.AsSpan(0, n * frameBytes);
                cable.Copy(_read, piece);
                SampleConverter.Convert(cable._format, piece, format, target.Slice(done * format.FrameBytes, n * format.FrameBytes));
                _read += piece.Length;
                done += n;
            }
        }
    }
}
