// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Scsi.Target;

/// <summary>What MODE SELECT can change.</summary>
/// <param name="WriteCache">WCE of the caching page.</param>
/// <param name="DescriptorSense">D_SENSE of the control page.</param>
/// <param name="SoftwareWriteProtect">SWP of the control page.</param>
public readonly record struct ModeSettings(bool WriteCache, bool DescriptorSense, bool SoftwareWriteProtect);
