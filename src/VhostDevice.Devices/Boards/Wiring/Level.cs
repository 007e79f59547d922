// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Boards.Wiring;

/// <summary>A wire's level that people and tests set and see: high, low, or left to others.</summary>
public sealed class Level : BoardPart
{
    private readonly TextParameter _drive;

    public Level(Board board, string name)
        : base(board, "level", name)
    {
        TextParameter? level = null;
        Pin = AddPin("out", PinDrive.Floating, _ => level?.Changed());
        _drive = Parameter(
            new TextParameter(
                "drive",
                "",
                () => Pin.Drive switch { PinDrive.High => "high", PinDrive.Low => "low", _ => "none" },
                "high, low or none",
                TryDrive));
        level = Parameter(new TextParameter("level", "", () => Pin.Level ? "high" : "low"));
    }

    public Pin Pin { get; }

    /// <summary><c>high</c>, <c>low</c> or <c>none</c>.</summary>
    public TextParameter Drive => _drive;

    private bool TryDrive(string text)
    {
        if (text is not ("high" or "low" or "none"))
            return false;
        Pin.Drive = text switch { "high" => PinDrive.High, "low" => PinDrive.Low, _ => PinDrive.Floating };
        return true;
    }
}
