// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.VhostUser.Tests.FrontEnd;

/// <summary>One piece of a chain.</summary>
internal readonly record struct Piece(ulong Address, uint Length, bool Writable, bool Indirect);

/// <summary>
/// The device's side of a virtqueue as virtio 1.3 describes it, as plainly as possible and without a line in common
/// with the code under test: it knows guest addresses and bytes only.
/// </summary>
internal interface IDeviceModel
{
    /// <summary>Chains that the driver has published and this device has not taken.</summary>
    int Available { get; }

    /// <summary>Where the ring goes on, as VRING_BASE says it, when all that was taken was used.</summary>
    uint Base { get; }

    /// <summary>Takes the next chain's number, and its pieces if asked.</summary>
    ushort Take(List<Piece>? pieces);

    /// <summary>Gives a chain back; visible after <see cref="PublishUsed"/>.</summary>
    void Use(uint id, uint length);

    void PublishUsed();

    /// <summary>Whether the driver wants an interrupt for what was published since this was asked last.</summary>
    bool DriverWantsInterrupt();

    /// <summary>Asks for a kick at the next chain; returns whether one is there already.</summary>
    bool AskForKick();

    void RefuseKicks();
}
