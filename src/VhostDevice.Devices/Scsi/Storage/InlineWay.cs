// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Scsi.Storage;

/// <summary>How a store's buffered writes are made on the loop.</summary>
internal enum InlineWay
{
    /// <summary>The file system is asked for what does not wait (RWF_NOWAIT).</summary>
    WithoutWait,

    /// <summary>It cannot tell, and lies on a disk of this machine: the time is taken.</summary>
    Timed,

    /// <summary>Not at all.</summary>
    None,
}
