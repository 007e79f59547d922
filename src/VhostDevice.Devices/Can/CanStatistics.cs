// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Can;

/// <summary>What happened on a socket of a bus, whoever comes and goes. Counted and read from any thread.</summary>
public sealed class CanStatistics
{
    private ulong _sent;
    private ulong _refused;
    private ulong _failed;
    private ulong _filtered;
    private ulong _late;
    private ulong _received;
    private ulong _unsuitable;
    private ulong _dropped;
    private ulong _tooSmall;
    private ulong _busOff;

    /// <summary>Frames of the guest that the bus took.</summary>
    public ulong Sent => Volatile.Read(ref _sent);

    /// <summary>Frames of the guest that made no sense.</summary>
    public ulong Refused => Volatile.Read(ref _refused);

    /// <summary>Frames of the guest that the bus did not take, or that came while the controller was stopped.</summary>
    public ulong Failed => Volatile.Read(ref _failed);

    /// <summary>Frames of either direction that the guest's filters do not let pass.</summary>
    public ulong Filtered => Volatile.Read(ref _filtered);

    /// <summary>Times that the guest waited for the bus in vain.</summary>
    public ulong Late => Volatile.Read(ref _late);

    /// <summary>Frames that the guest got.</summary>
    public ulong Received => Volatile.Read(ref _received);

    /// <summary>Frames of the bus that the guest's driver has no use for.</summary>
    public ulong Unsuitable => Volatile.Read(ref _unsuitable);

    /// <summary>Frames of the bus that were lost because the guest was too slow.</summary>
    public ulong Dropped => Volatile.Read(ref _dropped);

    /// <summary>Frames of the bus that were lost because the driver's buffer was too small for them.</summary>
    public ulong TooSmall => Volatile.Read(ref _tooSmall);

    /// <summary>Times that the controller left the bus because of errors.</summary>
    public ulong BusOff => Volatile.Read(ref _busOff);

    // Those of a guest's own loop need no atomic addition.
    internal void CountSent() => Volatile.Write(ref _sent, _sent + 1);

    internal void CountRefused() => Volatile.Write(ref _refused, _refused + 1);

    internal void CountFailed() => Volatile.Write(ref _failed, _failed + 1);

    internal void CountLate() => Volatile.Write(ref _late, _late + 1);

    internal void CountReceived() => Volatile.Write(ref _received, _received + 1);

    internal void CountTooSmall() => Volatile.Write(ref _tooSmall, _tooSmall + 1);

    internal void CountBusOff() => Volatile.Write(ref _busOff, _busOff + 1);

    // These happen on any thread.
    internal void CountFiltered() => Interlocked.Increment(ref _filtered);

    internal void CountUnsuitable() => Interlocked.Increment(ref _unsuitable);

    internal void CountDropped() => Interlocked.Increment(ref _dropped);
}
