// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scsi.Storage;

namespace VhostDevice.Devices.Scsi.Images;

/// <summary>How images are served that do not say otherwise.</summary>
/// <param name="ReadOnly">Opened for reading only, and writes refused.</param>
/// <param name="SolidState">Nothing turns.</param>
/// <param name="Direct">Past the page cache.</param>
/// <param name="WriteThrough">Writes are on the medium when they are answered.</param>
/// <param name="Engine">Reads and writes the files; outlives them.</param>
public sealed record ImageDefaults(bool ReadOnly, bool SolidState, bool Direct, bool WriteThrough, IIoEngine Engine)
{
    /// <summary>What is said when a file may not be opened, behind the reason; begins with a blank, or is empty.</summary>
    public string DeniedHint { get; init; } = "";

    /// <summary>Takes what an owner of an image should know, a sentence for people.</summary>
    public Action<string> Warn { get; init; } = static _ => { };
}
