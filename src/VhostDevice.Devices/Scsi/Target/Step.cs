// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Scsi.Target;

/// <summary>What a command does next.</summary>
public enum Step
{
    /// <summary>It is complete, well or not.</summary>
    Done,

    /// <summary>The operation that it described in its task; <see cref="ScsiTask.Next"/> goes on after that.</summary>
    Io,

    /// <summary>Nothing, until somebody else resumes the task; <see cref="ScsiTask.Next"/> goes on then.</summary>
    Wait,
}
