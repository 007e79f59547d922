// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Can;

/// <summary>A part of a board that is on a simulated bus. All members are called with the bus's lock held.</summary>
internal interface ICanPart : ICanGuest
{
    /// <summary>A frame has gone to everybody: the part may send what it has to say to it, and must not do so while it
    /// receives the frame.</summary>
    /// <returns>Whether it sent anything, to which others may have an answer.</returns>
    bool TakeTurn();

    /// <summary><see cref="SimulatedCanBus.HasGuests"/> is different now.</summary>
    void GuestsChanged();
}
