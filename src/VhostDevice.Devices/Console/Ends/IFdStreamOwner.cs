// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Console.Ends;

/// <summary>Who an <see cref="FdStream"/> belongs to.</summary>
internal interface IFdStreamOwner
{
    void InputReady();

    void RoomAgain();

    /// <summary>The stream is of no use any more; the owner disposes it.</summary>
    void Gone(FdStream stream);
}
