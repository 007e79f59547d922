// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Console.Ports;

/// <summary>The guest's half of a port, while a guest is connected. All calls are made on the loop.</summary>
internal interface IPortGuest
{
    /// <summary>Whether the guest has the port open.</summary>
    bool IsOpen { get; }

    /// <summary>There is something for the guest.</summary>
    void InputReady();

    /// <summary>The host takes something again, after it took less than there was.</summary>
    void RoomAgain();

    /// <summary>The host has opened or closed the port.</summary>
    void HostOpenChanged();

    /// <summary>The window has another size.</summary>
    void SizeChanged();
}
