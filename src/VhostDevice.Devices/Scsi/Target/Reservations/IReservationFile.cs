// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Scsi.Target.Reservations;

/// <summary>Where registrations and reservations outlive the process (APTPL).</summary>
public interface IReservationFile : IDisposable
{
    /// <summary>What was saved last; empty when nothing was, or what is there makes no sense.</summary>
    byte[] Load();

    /// <summary>Saves; it is on the medium when this returns.</summary>
    Errno Save(ReadOnlySpan<byte> image);
}
