// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Scmi.Domains;

/// <summary>What is to become of the system (SCMI 3.2 §4.4.2.4).</summary>
public enum ScmiSystemState
{
    ShutDown = 0,
    ColdReset = 1,
    WarmReset = 2,
    PowerUp = 3,
    Suspend = 4,
}
