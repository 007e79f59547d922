// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Can;

/// <summary>What may go wrong with a frame on a simulated bus.</summary>
internal enum CanFault : byte
{
    None,

    /// <summary>Nobody acknowledges the frame.</summary>
    Acknowledgement,

    /// <summary>The sender reads back another bit than it sent.</summary>
    Bit,

    /// <summary>Six equal bits in a row.</summary>
    Stuff,

    /// <summary>The checksum is wrong.</summary>
    Checksum,

    /// <summary>A bit of fixed value has the other one.</summary>
    Form,
}
