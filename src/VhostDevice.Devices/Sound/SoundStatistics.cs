// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Sound;

/// <summary>What happened to a stream, whoever comes and goes. Counted on its loop, read from any thread.</summary>
public sealed class SoundStatistics
{
    private ulong _frames;
    private ulong _periods;
    private ulong _xruns;
    private ulong _silent;
    private ulong _failed;
    private ulong _refused;
    private ulong _latency;

    /// <summary>Frames played or recorded.</summary>
    public ulong Frames => Volatile.Read(ref _frames);

    /// <summary>Buffers of the guest that were played or filled.</summary>
    public ulong Periods => Volatile.Read(ref _periods);

    /// <summary>Gaps because the guest was too slow: there was no buffer when one was due, and then there was.</summary>
    public ulong Xruns => Volatile.Read(ref _xruns);

    /// <summary>Recorded frames that are silence because the host's side had nothing.</summary>
    public ulong Silent => Volatile.Read(ref _silent);

    /// <summary>Buffers that went back unplayed or unfilled.</summary>
    public ulong Failed => Volatile.Read(ref _failed);

    /// <summary>Requests of the guest that made no sense, or not then.</summary>
    public ulong Refused => Volatile.Read(ref _refused);

    /// <summary>Microseconds from the guest's buffer to the listener, or the other way, at the last buffer.</summary>
    public ulong LatencyMicroseconds => Volatile.Read(ref _latency);

    internal void CountPeriod(int frames, int silent, ulong latency)
    {
        Volatile.Write(ref _periods, _periods + 1);
        Volatile.Write(ref _frames, _frames + (ulong)frames);
        Volatile.Write(ref _silent, _silent + (ulong)silent);
        Volatile.Write(ref _latency, latency);
    }

    internal void CountXrun() => Volatile.Write(ref _xruns, _xruns + 1);

    internal void CountFailed() => Volatile.Write(ref _failed, _failed + 1);

    internal void CountRefused() => Volatile.Write(ref _refused, _refused + 1);
}
