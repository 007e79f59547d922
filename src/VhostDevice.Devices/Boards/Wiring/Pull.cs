// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Boards.Wiring;

/// <summary>A resistor to the supply or to ground.</summary>
public sealed class Pull : BoardPart
{
    public Pull(Board board, string name, bool up)
        : base(board, up ? "pull-up" : "pull-down", name) =>
        Pin = AddPin("out", up ? PinDrive.PullUp : PinDrive.PullDown);

    public Pin Pin { get; }
}
