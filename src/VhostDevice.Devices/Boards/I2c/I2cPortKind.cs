// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards.Files;

namespace VhostDevice.Devices.Boards.I2c;

/// <summary>The section <c>i2c</c> of board files.</summary>
internal sealed class I2cPortKind() : PortKind(SectionName, "an i2c bus", "bus", "i2c0")
{
    internal const string SectionName = "i2c";
    internal const string AddressKey = "address";

    public override IReadOnlyList<string> Keys { get; } = ["devices"];

    public override string PlaceKey => AddressKey;

    public override void Build(PortRequest request)
    {
        SimulatedI2cBus bus = new(request.Board, request.Name);
        request.Parts("devices", "a device", (part, _) => bus.Attach((II2cPeripheral)part));
    }
}
