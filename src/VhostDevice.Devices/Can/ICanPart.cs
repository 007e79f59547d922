// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Can;

/// <summary>A part of a board that is on a simulated bus. All members are called with the bus's lock held.</summary>
internal interface ICanPart : ICanGuest
{
    /// <summary>The part may send. It comes after each frame, and after <see cref="SimulatedCanBus.GiveTurns"/>.</summary>
    /// <returns>Whether it sent anything, to which others may have an answer.</returns>
    bool TakeTurn();

    /// <summary><see cref="SimulatedCanBus.HasGuests"/> is different now.</summary>
    void GuestsChanged();
}
