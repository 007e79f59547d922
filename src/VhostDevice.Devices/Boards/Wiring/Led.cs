// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Boards.Wiring;

/// <summary>A light that shows the level of its wire.</summary>
public sealed class Led : BoardPart
{
    private readonly SwitchParameter _lit;

    /// <param name="activeLow">Lit while the wire is low.</param>
    public Led(Board board, string name, bool activeLow = false)
        : base(board, "led", name)
    {
        _lit = Parameter(new SwitchParameter("lit", activeLow, readOnly: true));
        Pin = AddPin("in", PinDrive.Floating, high => _lit.Value = high != activeLow);
    }

    public Pin Pin { get; }

    /// <summary>Whether it is lit.</summary>
    public SwitchParameter Lit => _lit;
}
