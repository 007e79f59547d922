// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Scsi.Storage;

/// <summary>How a <see cref="FileStore"/> opens its file.</summary>
/// <param name="ReadOnly">Opened for reading only.</param>
/// <param name="Direct">Past the page cache (O_DIRECT).</param>
/// <param name="Shared">Other programs may write to it meanwhile.</param>
/// <param name="DeniedHint">What is said behind EACCES.</param>
public readonly record struct FileStoreOptions(bool ReadOnly, bool Direct, bool Shared = false, string DeniedHint = "");
