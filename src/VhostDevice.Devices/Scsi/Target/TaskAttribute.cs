// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Scsi.Target;

/// <summary>A command's place among the others of its logical unit (SAM-6 §8.6).</summary>
public enum TaskAttribute : byte
{
    Simple,

    /// <summary>After all that came before it, and before all that come after it.</summary>
    Ordered,

    /// <summary>Before all that wait.</summary>
    HeadOfQueue,
}
