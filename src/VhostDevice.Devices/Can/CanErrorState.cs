// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Can;

/// <summary>How much part a controller takes in its bus, given its errors (ISO 11898-1).</summary>
internal enum CanErrorState : byte
{
    Active,

    /// <summary>It waits longer between its frames, so that others come first.</summary>
    Passive,

    /// <summary>It takes no part until it is started anew.</summary>
    BusOff,
}
