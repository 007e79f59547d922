// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Scsi.Target.Reservations;

/// <summary>An initiator with its reservation key.</summary>
internal sealed class Registration(byte[] transportId, ulong key)
{
    internal byte[] TransportId => transportId;

    internal ulong Key { get; set; } = key;

    /// <summary>The initiator, when it has been here since the start of the process.</summary>
    internal ScsiNexus? Nexus { get; set; }
}
