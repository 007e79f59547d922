// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Scsi.Target.Reservations;

/// <summary>RESERVE(6) and RELEASE(6) of SPC-2, which persistent reservations have replaced.</summary>
internal static class PlainReservation
{
    internal const byte ReleaseOpcode = 0x17;

    internal static Step Reserve(ScsiTask task)
    {
        ReservationSet set = task.Unit.Reservations;
        if (set.Registrations.Count > 0)
            return task.Conflict();
        set.PlainHolder = task.Nexus;
        return Step.Done;
    }

    internal static Step Release(ScsiTask task)
    {
        ReservationSet set = task.Unit.Reservations;
        if (set.Registrations.Count > 0)
            return task.Conflict();
        set.Release(task.Nexus);
        return Step.Done;
    }
}
