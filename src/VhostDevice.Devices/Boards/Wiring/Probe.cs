// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Boards.Wiring;

/// <summary>Hears of the levels of a wire, for programs that use a board themselves.</summary>
public sealed class Probe : BoardPart
{
    /// <param name="levelChanged">Called under <see cref="Board.Gate"/>, and so must not wait.</param>
    public Probe(Board board, string name, Action<bool> levelChanged)
        : base(board, "probe", name) =>
        Pin = AddPin("in", PinDrive.Floating, levelChanged);

    public Pin Pin { get; }
}
