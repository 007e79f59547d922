// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Console.Ends;

/// <summary>Who a <see cref="PortEnd"/> belongs to. All calls are made on the loop.</summary>
internal interface IPortEndOwner
{
    /// <summary>There is something to read.</summary>
    void InputReady();

    /// <summary>Something can be written again, after less was taken than there was.</summary>
    void RoomAgain();

    /// <summary>Somebody came, or left.</summary>
    void OpenChanged();

    /// <summary>The window of the terminal on the other side has another size.</summary>
    void Resized(WindowSize size);

    /// <summary>Bytes that the end could not keep, for the count.</summary>
    void Lost(long bytes);
}
