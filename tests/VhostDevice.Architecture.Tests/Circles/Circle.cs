// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Architecture.Tests.Circles;

/// <summary>Folders that may use each other, and why.</summary>
internal sealed record Circle(string Assembly, string[] Folders, string Reason)
{
    internal static readonly Circle[] Natural =
    [
        new(
            "VhostDevice.Virtio",
            ["Queues", "Queues/Inflight"],
            "a queue keeps its record, and a record has the descriptors of its queue"),
        new(
            "VhostDevice.Devices",
            ["Boards", "Boards/Recording", "Boards/Wiring"],
            "a board is its parts, its wires and what is written down about them: none makes sense alone"),
        new(
            "VhostDevice.Devices",
            [
                "Boards/Can", "Boards/Can/Ecu", "Boards/Can/Ecu/Diagnosis", "Boards/Files", "Boards/Gpio", "Boards/I2c", "Boards/Input",
                "Boards/Models", "Boards/Scmi", "Boards/Spi", "Gpio",
            ],
            "the table of what is built in, and buses for which the table is made; dummy chips are simulated ones"),
        new(
            "VhostDevice.Devices",
            ["Scsi/Target", "Scsi/Target/Reservations", "Scsi/Target/Sanitizing"],
            "a unit holds its reservations and the operation that goes on, and they know whose they are"),
    ];
}
