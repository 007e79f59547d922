// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Console.Ends;

/// <summary>What becomes of the input of a <see cref="PortEnd"/>.</summary>
internal enum InputWish
{
    /// <summary>Nobody will take it: no guest has the port open. What is there waits, but not for a program that has left.</summary>
    Nobody,

    /// <summary>The guest will take it once it has buffers.</summary>
    Later,

    /// <summary>The guest has buffers.</summary>
    Now,
}
