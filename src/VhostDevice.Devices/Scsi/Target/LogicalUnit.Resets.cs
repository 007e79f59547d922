// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Scsi.Target;

/// <content>What a reset leaves (SAM-6 §6.3).</content>
public sealed partial class LogicalUnit
{
    /// <summary>As after a LOGICAL UNIT RESET, whose tasks are aborted already.</summary>
    internal void Reset()
    {
        Modes = SavedModes.Values;
        IsStopped = false;
        Reservations.Release();
        Copies.Forget();
        Attention(SenseCode.UnitReset);
    }

    /// <summary>An initiator lost its nexus.</summary>
    internal void Lose(ScsiNexus nexus)
    {
        Reservations.Release(nexus);
        Copies.Forget(nexus);
        Attention(SenseCode.NexusLoss, nexus);
    }
}
