// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Can;

/// <summary>
/// What a controller on a simulated bus has that outlives its guests: ordered errors, error counters, how much it sent. Under the
/// bus's lock, except that the numbers may be read from any thread.
/// </summary>
internal sealed class CanNode
{
    private const int PassiveFrom = 128;
    private const int BusOffFrom = 256;

    // Where a receiver that was error-passive is set to by a frame that it gets whole; the standard says 119 to 127.
    private const int BackFromPassive = 127;

    private int _transmitErrors;
    private int _receiveErrors;
    private long _destroyed;
    private long _busyNanoseconds;

    internal CanFaultPlan Faults { get; } = new();

    /// <summary>Told of another state.</summary>
    internal Action? StateChanged { get; set; }

    /// <summary>The transmit error counter, 0 to 256.</summary>
    internal int TransmitErrors => Volatile.Read(ref _transmitErrors);

    /// <summary>The receive error counter, 0 to 128.</summary>
    internal int ReceiveErrors => Volatile.Read(ref _receiveErrors);

    /// <summary>Frames of it that an error destroyed, each time.</summary>
    internal ulong Destroyed => (ulong)Volatile.Read(ref _destroyed);

    /// <summary>How long its frames took on the bus, in microseconds, with those that were destroyed.</summary>
    internal ulong BusyMicroseconds => (ulong)(Volatile.Read(ref _busyNanoseconds) / 1000);

    internal CanErrorState State { get; private set; }

    /// <summary>It begins anew, and has no errors.</summary>
    internal void Restart() => Set(0, 0);

    internal void CountBusy(TimeSpan time) => Volatile.Write(ref _busyNanoseconds, _busyNanoseconds + time.Ticks * TimeSpan.NanosecondsPerTick);

    internal void CountSent() => Change(Math.Max(_transmitErrors - 1, 0), _receiveErrors);

    internal void CountReceived() =>
        Change(_transmitErrors, _receiveErrors >= PassiveFrom ? BackFromPassive : Math.Max(_receiveErrors - 1, 0));

    internal void CountDestroyed() => Volatile.Write(ref _destroyed, _destroyed + 1);

    internal void CountFailed(CanFault fault)
    {
        CountDestroyed();
        // A lone controller must not go bus-off only because nobody is there yet.
        bool counts = fault != CanFault.Acknowledgement || State == CanErrorState.Active;
        Change(Math.Min(_transmitErrors + (counts ? 8 : 0), BusOffFrom), _receiveErrors);
    }

    internal void CountReceiveError() => Change(_transmitErrors, Math.Min(_receiveErrors + 1, PassiveFrom));

    internal void GoBusOff() => Set(BusOffFrom, _receiveErrors);

    // Only a restart ends bus-off.
    private void Change(int transmitErrors, int receiveErrors)
    {
        if (State != CanErrorState.BusOff)
            Set(transmitErrors, receiveErrors);
    }

    private void Set(int transmitErrors, int receiveErrors)
    {
        Volatile.Write(ref _transmitErrors, transmitErrors);
        Volatile.Write(ref _receiveErrors, receiveErrors);
        CanErrorState state = transmitErrors >= BusOffFrom ? CanErrorState.BusOff
            : Math.Max(transmitErrors, receiveErrors) >= PassiveFrom ? CanErrorState.Passive
            : CanErrorState.Active;
        if (state == State)
            return;
        State = state;
        StateChanged?.Invoke();
    }
}
