// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Scsi.Target;

/// <content>What a power on or a reset leaves (SAM-6 §6.3).</content>
public sealed partial class LogicalUnit
{
    /// <summary>As after it was switched on, which all initiators are told.</summary>
    internal void PowerOn()
    {
        Restore();
        Attention(SenseCode.PowerOn);
    }

    /// <summary>As after a LOGICAL UNIT RESET, whose tasks are aborted already.</summary>
    internal void Reset()
    {
        Restore();
        Attention(SenseCode.UnitReset);
    }

    /// <summary>An initiator lost its nexus.</summary>
    internal void Lose(ScsiNexus nexus)
    {
        Reservations.Release(nexus);
        Copies.Forget(nexus);
        Attention(SenseCode.NexusLoss, nexus);
    }

    // Persistent reservations stay (SPC-5 §5.14.1), and so does a SANITIZE that goes on.
    private void Restore()
    {
        Modes = SavedModes.Values;
        IsStopped = false;
        Reservations.Release();
        Copies.Forget();
    }
}
