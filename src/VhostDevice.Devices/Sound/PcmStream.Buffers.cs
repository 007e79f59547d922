// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;
using VhostDevice.Devices.Sound.Samples;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Devices.Sound;

// The guest's buffers and their time.
internal sealed partial class PcmStream
{
    /// <summary>struct virtio_snd_pcm_xfer: the stream's number, in front of each buffer.</summary>
    internal const int HeadBytes = 4;

    private readonly PcmBuffers _buffers = new();
    private PcmClock _clock;

    // Of the first buffer.
    private int _moved;
    private int _silent;

    // How much of the first buffer's time had passed when the stream was stopped.
    private long _passed;

    // There was no buffer when the next one was due, or there has been none yet.
    private bool _isStarved;

    // When the guest is told that it is too slow; long.MaxValue: it has been, or nothing has been played or recorded yet. For a
    // driver that is the end of the use, so one that is a little late is spared: its sound goes on, with a gap.
    private long _xrunAt = long.MaxValue;
    private bool _wasPaced;
    private bool _wasHeard;

    /// <summary>Whether buffers wait for a time, and not for the host's side.</summary>
    internal bool IsPaced => !_session!.HasClock || _session.HasFailed;

    internal bool IsRunning => State == PcmState.Running;

    internal bool HasBuffers => _buffers.Count > 0;

    /// <inheritdoc cref="PcmBuffers.LastOrder"/>
    internal long LastOrder => _buffers.LastOrder;

    /// <summary>Takes a buffer of the guest, and answers it in time.</summary>
    /// <param name="order">Goes up by one with each buffer of the queue.</param>
    internal void Add(DescriptorChain chain, long order)
    {
        uint bytes = BytesOf(chain);
        if (State is not (PcmState.Prepared or PcmState.Running or PcmState.Stopped)
            || bytes == 0 || bytes > _parameters.BufferBytes || bytes % (uint)_format.FrameBytes != 0)
        {
            Fail(_owner, _port, chain);
            return;
        }

        if (_buffers.Count == 0 && IsRunning && _isStarved)
        {
            if (_wasHeard)
                _port.Statistics.CountXrun();
            _isStarved = false;
            _xrunAt = long.MaxValue;
            _clock.StartAt(Stopwatch.GetTimestamp());
        }

        _buffers.Add(chain, order);
    }

    /// <summary>Moves what is due.</summary>
    /// <returns>When to look again; <see cref="long.MaxValue"/>: when something happens.</returns>
    internal long Advance(long now)
    {
        if (!IsRunning)
            return long.MaxValue;
        bool isPaced = IsPaced;
        // The host's side has failed.
        if (isPaced && !_wasPaced)
            _clock.StartAt(now);
        _wasPaced = isPaced;
        while (_buffers.Count > 0)
        {
            int frames = (int)BytesOf(_buffers.First) / _format.FrameBytes;
            if (isPaced && _clock.After(frames, _format.Rate) is long due && due > now)
                return due;
            if (!TryMove(_buffers.First))
                return long.MaxValue;
            _clock.Pass(frames, _format.Rate);
            End();
        }

        if (!_isStarved && (isPaced || _session!.DelayBytes == 0))
        {
            _isStarved = _wasHeard = true;
            long patience = (long)_parameters.BufferBytes / _format.FrameBytes * Stopwatch.Frequency / _format.Rate;
            _xrunAt = (_parameters.Features & PcmFeatures.XrunEvents) != 0 ? now + patience : long.MaxValue;
        }

        if (now < _xrunAt)
            return _xrunAt;
        _xrunAt = long.MaxValue;
        _owner.Report(SoundEvent.Xrun(_id));
        return long.MaxValue;
    }

    /// <summary>The queue stops: puts the last buffer back into it, where it is taken from again some day.</summary>
    /// <returns>False: it cannot be put back, and was completed.</returns>
    internal bool PutBackLast(Virtqueue queue)
    {
        DescriptorChain chain = _buffers.Last;
        bool isUntouched = _buffers.Count > 1 || _moved == 0;
        _buffers.RemoveLast();
        (_isStarved, _wasHeard, _xrunAt) = (true, false, long.MaxValue);
        if (isUntouched && queue.TryPutBack(chain))
            return true;
        // What was taken after it is gone already. It is early, but nothing is missing.
        if (!isUntouched || _session is null || !TryMove(chain))
        {
            Fail(_owner, _port, chain);
            (_moved, _silent) = (0, 0);
            return false;
        }

        Answer(chain);
        return false;
    }

    /// <summary>The queue's buffers are nobody's any more.</summary>
    internal void Forget()
    {
        _buffers.Clear();
        (_moved, _silent, _isStarved, _wasHeard, _xrunAt) = (0, 0, true, false, long.MaxValue);
    }

    /// <summary>Answers a buffer that is not used.</summary>
    internal static void Fail(IPcmOwner owner, SoundPort port, DescriptorChain chain)
    {
        port.Statistics.CountFailed();
        owner.Complete(port.Direction, chain, WriteStatus(chain, port.IsOutput, SoundStatus.IoError, 0, 0));
    }

    /// <summary>Writes the end of a buffer.</summary>
    /// <param name="recorded">Bytes in front of it.</param>
    /// <returns>Bytes written; 0 where there is no room.</returns>
    internal static uint WriteStatus(DescriptorChain chain, bool isOutput, SoundStatus status, int latency, int recorded)
    {
        ChainWriter writer = chain.Writer();
        if (chain.WritableBytes < PcmStatus.Size || (!isOutput && !writer.TrySkip(chain.WritableBytes - PcmStatus.Size)))
            return 0;
        writer.TryWrite(new PcmStatus { Status = status, LatencyBytes = (uint)latency });
        return PcmStatus.Size + (uint)recorded;
    }

    // Bytes of sound; 0 for a buffer that is too small for head and status.
    private uint BytesOf(DescriptorChain chain) =>
        chain.ReadableBytes < HeadBytes || chain.WritableBytes < PcmStatus.Size ? 0
        : _port.IsOutput ? chain.ReadableBytes - HeadBytes
        : chain.WritableBytes - PcmStatus.Size;

    private void Begin()
    {
        _wasPaced = IsPaced;
        _isStarved = _buffers.Count == 0;
        (_wasHeard, _xrunAt) = (false, long.MaxValue);
        _clock.StartAt(Stopwatch.GetTimestamp() - _passed);
        _passed = 0;
    }

    private void Pause()
    {
        if (_buffers.Count == 0 || !IsPaced)
            return;
        long whole = _clock.After(BytesOf(_buffers.First) / (uint)_format.FrameBytes, _format.Rate) - _clock.After(0, _format.Rate);
        _passed = Math.Clamp(Stopwatch.GetTimestamp() - _clock.After(0, _format.Rate), 0, whole);
    }

    private bool TryMove(DescriptorChain chain)
    {
        if (_session!.HasFailed)
            return true;
        int bytes = (int)BytesOf(chain);
        int most = _owner.Scratch.Length / _format.FrameBytes * _format.FrameBytes;
        while (_moved < bytes)
        {
            Span<byte> frames = _owner.Scratch.AsSpan(0, Math.Min(most, bytes - _moved));
            int n = _port.IsOutput ? Play(chain, frames) : Record(chain, frames);
            _moved += n;
            if (n < frames.Length)
                return _session.HasFailed;
        }

        return true;
    }

    private int Play(DescriptorChain chain, Span<byte> frames)
    {
        ChainReader reader = chain.Reader();
        _ = reader.TrySkip((ulong)(HeadBytes + _moved));
        frames = frames[..reader.Read(frames)];
        Shape(frames);
        int n = _session!.Write(frames);
        _port.Meter?.Measure(_format, frames[..n]);
        return n;
    }

    private int Record(DescriptorChain chain, Span<byte> frames)
    {
        int n = _session!.Read(frames);
        if (n < frames.Length && IsPaced)
        {
            SampleFormats.Silence(_format.Sample, frames[n..]);
            _silent += (frames.Length - n) / _format.FrameBytes;
            n = frames.Length;
        }

        frames = frames[..n];
        Shape(frames);
        _port.Meter?.Measure(_format, frames);
        ChainWriter writer = chain.Writer();
        _ = writer.TrySkip((ulong)_moved);
        return writer.Write(frames);
    }

    private void Shape(Span<byte> frames)
    {
        if (_port.Volume.ChangesNothing)
            return;
        if (!SampleFormats.IsNumber(_format.Sample))
        {
            if (_port.Volume.IsMuted)
                SampleFormats.Silence(_format.Sample, frames);
            return;
        }

        Span<float> gains = stackalloc float[_format.Channels];
        _port.Volume.CopyGains(gains);
        SampleConverter.Scale(_format, frames, gains);
    }

    // The first buffer is done.
    private void End()
    {
        DescriptorChain chain = _buffers.First;
        _buffers.RemoveFirst();
        if (_session!.HasFailed)
        {
            (_moved, _silent) = (0, 0);
            Fail(_owner, _port, chain);
            return;
        }

        Answer(chain);
        if ((_parameters.Features & PcmFeatures.PeriodEvents) != 0)
            _owner.Report(SoundEvent.PeriodElapsed(_id));
    }

    private void Answer(DescriptorChain chain)
    {
        int latency = _session!.DelayBytes;
        ulong microseconds = (ulong)latency / (uint)_format.FrameBytes * 1_000_000 / _format.Rate;
        _port.Statistics.CountPeriod(_moved / _format.FrameBytes, _silent, microseconds);
        int recorded = _port.IsOutput ? 0 : _moved;
        (_moved, _silent) = (0, 0);
        _owner.Complete(_port.Direction, chain, WriteStatus(chain, _port.IsOutput, SoundStatus.Ok, latency, recorded));
    }

    // At the end of a use: what was recorded of the first buffer is the guest's, the rest is not used.
    private void GiveBack()
    {
        _passed = 0;
        if (_buffers.Count > 0 && _moved > 0 && !_port.IsOutput)
        {
            DescriptorChain first = _buffers.First;
            _buffers.RemoveFirst();
            Answer(first);
        }

        (_moved, _silent) = (0, 0);
        while (_buffers.Count > 0)
        {
            DescriptorChain chain = _buffers.First;
            _buffers.RemoveFirst();
            Fail(_owner, _port, chain);
        }
    }
}
