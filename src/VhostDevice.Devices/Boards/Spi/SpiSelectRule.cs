// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Boards.Spi;

/// <summary>When a chip is deselected after a request that does not ask for it; <c>cs</c> of a bus in board files.</summary>
public enum SpiSelectRule
{
    /// <summary>
    /// When the chip's own rules say that its message is over, when a request fails or has another mode, or nothing came for a
    /// second.
    /// </summary>
    Auto,

    /// <summary>Never, as the specification has it: a later request asks for it, or is for another chip.</summary>
    Hold,

    /// <summary>Always: each request is a message.</summary>
    Request,
}
