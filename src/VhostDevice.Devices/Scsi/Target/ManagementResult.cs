// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Scsi.Target;

/// <summary>The answer to a task management function (SAM-6 §7.1).</summary>
public enum ManagementResult
{
    Complete,
    Succeeded,
    Rejected,
    IncorrectLun,
    NoTarget,
}
