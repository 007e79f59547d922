// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Scsi.Target;

/// <summary>Where something of a unit outlives the process: registrations and reservations (APTPL), or saved mode pages.</summary>
public interface IStateFile : IDisposable
{
    /// <summary>What was saved last; empty when nothing was, or what is there makes no sense.</summary>
    byte[] Load();

    /// <summary>Saves; it is on the medium when this returns.</summary>
    Errno Save(ReadOnlySpan<byte> image);
}
