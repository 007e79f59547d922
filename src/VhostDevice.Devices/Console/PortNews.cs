// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Console;

/// <summary>
/// What a guest is still to be told of a port, in the order in which it is told. What has changed back and forth meanwhile is
/// told once, so there is a bound to it, however long a guest does not listen.
/// </summary>
[Flags]
internal enum PortNews
{
    None = 0,
    Removed = 1,
    Added = 2,
    IsConsole = 4,
    Name = 8,
    Size = 16,

    /// <summary>The host has closed the port, whether or not it has opened it again since.</summary>
    Closed = 32,
    Opened = 64,
}
