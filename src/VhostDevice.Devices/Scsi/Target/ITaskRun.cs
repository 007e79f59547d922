// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Scsi.Target;

/// <summary>How far a command of many steps is, which others may ask about.</summary>
internal interface ITaskRun
{
    /// <summary>Its task ended in another way. Also when there was nothing of it to end.</summary>
    void Abandon();
}
