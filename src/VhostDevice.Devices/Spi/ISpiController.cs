// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Spi;

/// <summary>
/// The host side of SPI devices: a controller with a chip at each of its chip selects, real or simulated. Several devices,
/// on several loops, may use it.
/// </summary>
public interface ISpiController : IDisposable
{
    /// <summary>What it is called in messages, such as "spidev0.0".</summary>
    string Name { get; }

    SpiAbilities Abilities { get; }

    /// <summary>The longest transfer, in bytes.</summary>
    int MaxLength { get; }

    /// <summary>Who makes transfers, because they may wait; null: they never do, and are made on the loops of the devices.</summary>
    HostCalls? Calls { get; }

    /// <summary>Makes a transfer, one at a time where they may wait. All of <see cref="SpiTransfer.Received"/> is written.</summary>
    /// <param name="transfer">Checked against <see cref="Abilities"/> and <see cref="MaxLength"/>. Its bytes are copies, which
    /// the controller may change.</param>
    Errno Transfer(SpiTransfer transfer);

    /// <summary>A guest is gone, or has stopped: what it left in the middle is over.</summary>
    /// <param name="guest">See <see cref="SpiTransfer.Guest"/>.</param>
    void Leave(object guest);
}
