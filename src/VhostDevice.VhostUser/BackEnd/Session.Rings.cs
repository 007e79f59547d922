// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Linux;
using VhostDevice.VhostUser.Wire;

namespace VhostDevice.VhostUser.BackEnd;

/// <summary>The messages about one ring.</summary>
internal sealed partial class Session
{
    private volatile Vring[]? _draining; // what the parked message waits for
    private LoopTimer? _stopTimer;
    private bool _stopTimedOut;

    /// <summary>A ring has no chain in flight any more.</summary>
    internal void RingDrained()
    {
        if (_draining is not { } rings)
            return;
        // On another loop this may be before the message is parked, and the other rings cannot be looked at.
        if (Crew is not null || (_parked && Array.TrueForAll(rings, static r => r.InFlight == 0)))
            Loop.Post(Resume);
    }

    private Outcome ServeRing(Message m)
    {
        switch (m.Request)
        {
            case FrontEndRequest.SetVringKick:
            case FrontEndRequest.SetVringCall:
            case FrontEndRequest.SetVringErr:
                return SetRingFd(m);
            case FrontEndRequest.SetVringAddr:
                VringAddress address = m.As<VringAddress>();
                return TryRing(address.Index, out Vring addressed) ? addressed.SetAddresses(address) : NoSuchRing(m, address.Index);
            case FrontEndRequest.SetVringNum:
            case FrontEndRequest.SetVringBase:
            case FrontEndRequest.GetVringBase:
            case FrontEndRequest.SetVringEnable:
            case FrontEndRequest.VringKick:
                VringState state = m.As<VringState>();
                return TryRing(state.Index, out Vring ring) ? ServeRing(m, ring, state) : NoSuchRing(m, state.Index);
            default:
                return Outcome.Refused($"{m.Request} is not served by this device");
        }
    }

    private Outcome ServeRing(Message m, Vring ring, VringState state)
    {
        switch (m.Request)
        {
            case FrontEndRequest.SetVringNum:
                return ring.SetSize(state.Num);
            case FrontEndRequest.SetVringBase:
                return ring.SetBase(state.Num);
            case FrontEndRequest.GetVringBase:
                return StopRing(m, ring, state);
            case FrontEndRequest.SetVringEnable:
                return EnableRing(m, ring, state);
            default:
                return ring.KickInBand();
        }
    }

    // Stops this ring only; everything else of the device goes on.
    private Outcome StopRing(Message m, Vring ring, VringState state)
    {
        ring.BeginStop();
        if (SuspendsInFlight)
            _ = ring.TryAbandon();
        if (!TryDrain([ring], m))
            return Outcome.Parked;
        Reply(m, state with { Num = ring.FinishStop() });
        ForgetTranslations();
        return Outcome.Replied;
    }

    // A disabled ring is "without side effects": User Mode Linux gives the memory of a driver's buffers to others after it.
    private Outcome EnableRing(Message m, Vring ring, VringState state)
    {
        if (state.Num > 1)
            return Outcome.Refused($"SET_VRING_ENABLE {state.Num} for ring {state.Index}: 0 or 1 was expected");
        if (state.Num == 1)
            return ring.Apply(RingEvent.EnabledByFrontEnd);
        _ = ring.Apply(RingEvent.DisabledByFrontEnd);
        // A front-end that wants no wait disables the ring before it stops it.
        if (SuspendsInFlight)
            return Outcome.Done;
        return TryDrain([ring], m) ? Outcome.Done : Outcome.Parked;
    }

    /// <summary>
    /// Whether the device has given back all chains of rings that take nothing new, or has had its time for it. If not,
    /// the message is to be parked; it is served again when that changes.
    /// </summary>
    private bool TryDrain(Vring[] rings, Message m)
    {
        int left = rings.Sum(static r => r.InFlight);
        if (left > 0)
        {
            if (_draining is null)
            {
                // Without a timer nothing would bound the wait.
                _stopTimedOut = _stopTimer is null && Loop.CreateTimer(StopPatienceOver, out _stopTimer).IsError;
                _stopTimer?.Start(_server.StopPatience);
            }

            _draining = rings;
            if (!_stopTimedOut)
                return false;
            Log.LogWarning("{Request} goes on with {Count} requests that the device did not finish in time", m.Request, left);
        }

        if (_draining is not null)
            _stopTimer?.Cancel();
        _draining = null;
        return true;
    }

    private void StopPatienceOver()
    {
        _stopTimedOut = true;
        Resume();
    }

    private Outcome SetRingFd(Message m)
    {
        ulong value = m.As<ulong>();
        if ((value & ~(VringFd.IndexMask | VringFd.NoFd)) != 0 || !TryRing(value & VringFd.IndexMask, out Vring ring))
            return NoSuchRing(m, value);
        OwnedFd? fd = null;
        if ((value & VringFd.NoFd) == 0 && (fd = m.TakeFd()) is null)
            return Outcome.Refused($"{m.Request} came without a file descriptor and without the flag that says so");
        return m.Request switch
        {
            FrontEndRequest.SetVringKick => ring.SetKick(fd),
            FrontEndRequest.SetVringCall => ring.SetCall(fd),
            _ => ring.SetError(fd),
        };
    }

    private bool TryRing(ulong index, out Vring ring)
    {
        ring = _rings[0];
        if (index >= (ulong)_rings.Length)
            return false;
        ring = _rings[index];
        return true;
    }

    private Outcome NoSuchRing(Message m, ulong index) =>
        Outcome.Refused($"{m.Request} for ring {index}, but the device has {_rings.Length}");
}
