// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.VhostUser.Wire;

namespace VhostDevice.VhostUser.BackEnd;

/// <summary>The messages about one ring.</summary>
internal sealed partial class Session
{
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
            case FrontEndRequest.GetVringBaseSkipDrain:
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
            case FrontEndRequest.GetVringBaseSkipDrain:
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
        // Without a record of them, or with a front-end that does not look at it, what is let go of would be lost.
        bool suspends = Suspends(m.Request);
        if (suspends)
            _ = ring.TryAbandon();
        return WhenDrained([ring], suspends, m, m =>
        {
            Reply(m, state with { Num = ring.FinishStop() });
            ForgetTranslations();
            return Outcome.Replied;
        });
    }

    // A disabled ring is "without side effects": User Mode Linux gives the memory of a driver's buffers to others after it.
    private Outcome EnableRing(Message m, Vring ring, VringState state)
    {
        if (state.Num > 1)
            return Outcome.Refused($"SET_VRING_ENABLE {state.Num} for ring {state.Index}: 0 or 1 was expected");
        if (state.Num == 1)
            return ring.Apply(RingEvent.EnabledByFrontEnd);
        _ = ring.Apply(RingEvent.DisabledByFrontEnd);
        // A front-end that wants no wait disables the ring before it stops it; one that wants to wait says so at the stop.
        if (SuspendsInFlight)
            return Outcome.Done;
        return WhenDrained([ring], mayAbandon: false, m, static _ => Outcome.Done);
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
        Outcome.Refused(
            $"{m.Request} for ring {index}, but the device has {_rings.Length} queues"
            + (Device.AdviseOnQueues(index + 1) is { } advice ? $": {advice}" : ""));
}
