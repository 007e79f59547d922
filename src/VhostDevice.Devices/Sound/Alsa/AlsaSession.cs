// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Devices.Sound.Disk;
using VhostDevice.Devices.Sound.Hosts;
using VhostDevice.Devices.Sound.Samples;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Sound.Alsa;

/// <summary>A use of a device of ALSA: a thread that plays or records, and bytes on their way between it and the guest's loop.</summary>
internal sealed class AlsaSession : ISoundSession
{
    private const int PeriodsOnTheirWay = 2;
    private const int PeriodsOfDevice = 4;
    private const int LeastMilliseconds = 40;

    private readonly AlsaLibrary _library;
    private readonly string _device;
    private readonly bool _isOutput;
    private readonly SoundFormat _format;
    private readonly int _periodFrames;
    private readonly EventLoop _loop;
    private readonly Action _moved;
    private readonly ILogger _log;
    private readonly ByteRing _ring;
    private readonly Thread _thread;
    private readonly object _gate = new(); // not a Lock: it is waited on
    private AlsaSession? _former;
    private bool _isRunning;
    private bool _isEnding;
    private volatile bool _hasFailed;
    private int _deviceFrames;
    private int _wantsToKnow;

    /// <param name="former">A use that may still have the device.</param>
    internal AlsaSession(
        AlsaLibrary library, string device, bool isOutput, SoundFormat format, int periodFrames, EventLoop loop, Action moved, ILogger log,
        AlsaSession? former)
    {
        _library = library;
        _device = device;
        _isOutput = isOutput;
        _format = format;
        _periodFrames = periodFrames;
        _loop = loop;
        _moved = moved;
        _log = log;
        _former = former;
        int least = (int)(format.Rate * (long)LeastMilliseconds / 1000);
        _ring = new ByteRing(Math.Max(periodFrames * PeriodsOnTheirWay, least) * format.FrameBytes);
        _thread = new Thread(Run) { IsBackground = true, Name = "sound-alsa" };
        _thread.Start();
    }

    public bool HasClock => true;

    public bool HasFailed => _hasFailed;

    public int DelayBytes => _ring.Count + Volatile.Read(ref _deviceFrames) * _format.FrameBytes;

    public void Start() => Set(isRunning: true);

    public void Stop() => Set(isRunning: false);

    public int Write(ReadOnlySpan<byte> frames)
    {
        int n = _ring.Put(frames, _format.FrameBytes);
        if (n < frames.Length)
        {
            // The thread may have made room in between.
            Volatile.Write(ref _wantsToKnow, 1);
            n += _ring.Put(frames[n..], _format.FrameBytes);
        }

        Wake();
        return n;
    }

    public int Read(Span<byte> frames)
    {
        int n = _ring.Take(frames, _format.FrameBytes);
        if (n < frames.Length)
        {
            Volatile.Write(ref _wantsToKnow, 1);
            n += _ring.Take(frames[n..], _format.FrameBytes);
        }

        return n;
    }

    /// <summary>What was written is still heard; the thread then ends by itself.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isEnding = true;
            Monitor.PulseAll(_gate);
        }
    }

    internal void Join(TimeSpan patience) => _ = _thread.Join(patience);

    private void Set(bool isRunning)
    {
        lock (_gate)
        {
            _isRunning = isRunning;
            Monitor.PulseAll(_gate);
        }
    }

    private void Wake()
    {
        lock (_gate)
            Monitor.PulseAll(_gate);
    }

    private void Tell()
    {
        if (Interlocked.Exchange(ref _wantsToKnow, 0) != 0)
            _loop.Post(_moved);
    }

    private void Run()
    {
        _former?._thread.Join();
        _former = null;
        nint pcm = 0;
        try
        {
            int result = _library.Open(_device, _isOutput, out pcm);
            if (result >= 0)
            {
                long periodMilliseconds = _periodFrames * 1000L / _format.Rate;
                TimeSpan latency = TimeSpan.FromMilliseconds(Math.Max(periodMilliseconds * PeriodsOfDevice, LeastMilliseconds));
                result = _library.SetParameters(pcm, AlsaFormats.Of(_format.Sample), _format.Channels, _format.Rate, latency);
            }

            if (result >= 0)
                result = _isOutput ? Play(pcm) : Record(pcm);
            if (result < 0)
                Fail(_library.Text(result));
        }
        finally
        {
            if (pcm != 0)
                _library.Close(pcm);
        }
    }

    private void Fail(string why)
    {
        _log.LogError("alsa {Device}: {Why}; what is played there is lost until the guest opens its stream again", _device, why);
        _hasFailed = true;
        _loop.Post(_moved);
    }

    private int Play(nint pcm)
    {
        bool isHeard = false;
        while (true)
        {
            bool isOver;
            lock (_gate)
            {
                while (_ring.Count == 0 && !_isEnding && !(isHeard && !_isRunning))
                    Monitor.Wait(_gate);
                isOver = _isEnding;
            }

            if (_ring.Count == 0)
            {
                // To its end, also what is shorter than the device's buffer.
                if (isHeard)
                    _library.Drain(pcm);
                Volatile.Write(ref _deviceFrames, 0);
                if (isOver)
                    return 0;
                isHeard = false;
                int result = _library.Prepare(pcm);
                if (result < 0)
                    return result;
                continue;
            }

            Span<byte> waiting = _ring.Waiting();
            int n = _library.Write(pcm, waiting, Math.Min(waiting.Length / _format.FrameBytes, _periodFrames));
            if (n < 0)
            {
                n = _library.Recover(pcm, n);
                if (n < 0)
                    return n;
                continue;
            }

            isHeard = true;
            _ring.Removed(n * _format.FrameBytes);
            Volatile.Write(ref _deviceFrames, _library.Delay(pcm));
            Tell();
        }
    }

    private int Record(nint pcm)
    {
        byte[] spare = new byte[_periodFrames * _format.FrameBytes];
        bool isAtWork = false;
        while (true)
        {
            lock (_gate)
            {
                while (!_isRunning && !_isEnding && !isAtWork)
                    Monitor.Wait(_gate);
                if (_isEnding)
                    return 0;
            }

            if (!_isRunning)
            {
                _library.Drop(pcm);
                isAtWork = false;
                _ = _library.Prepare(pcm);
                continue;
            }

            isAtWork = true;
            // What the guest has no place for is lost.
            Span<byte> place = _ring.Free();
            place = place.Length >= _format.FrameBytes ? place : spare;
            int n = _library.Read(pcm, place, Math.Min(place.Length / _format.FrameBytes, _periodFrames));
            if (n < 0)
            {
                n = _library.Recover(pcm, n);
                if (n < 0)
                    return n;
                continue;
            }

            if (place != spare)
                _ring.Added(n * _format.FrameBytes);
            Volatile.Write(ref _deviceFrames, _library.Delay(pcm));
            Tell();
        }
    }
}
