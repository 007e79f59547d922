// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Scsi.Target;

/// <summary>What can be asked about a copy while it goes on, and once after that.</summary>
internal sealed class CopyRecord(ScsiNexus nexus, byte id)
{
    // COPY MANAGER STATUS.
    private const byte InProgress = 0;
    private const byte Done = 1;
    private const byte Failed = 2;

    internal ScsiNexus Nexus => nexus;

    internal byte Id => id;

    internal byte Status { get; private set; } = InProgress;

    internal bool IsInProgress => Status == InProgress;

    /// <summary>Segments that are copied.</summary>
    internal int Segments { get; set; }

    internal ulong Bytes { get; set; }

    internal void End(bool well) => Status = well ? Done : Failed;
}
