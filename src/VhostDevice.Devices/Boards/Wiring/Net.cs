// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Boards.Wiring;

/// <summary>Pins that are wired together, and the level that they agree on.</summary>
public sealed class Net
{
    private Pin[] _pins;

    internal Net(Pin first) => _pins = [first];

    public IReadOnlyList<Pin> Pins => _pins;

    public bool Level { get; private set; }

    /// <summary>Whether it waits for being settled.</summary>
    internal bool IsQueued { get; set; }

    /// <summary>Its place in <see cref="NetList.All"/>.</summary>
    internal int Index { get; set; }

    internal void Take(Net other)
    {
        _pins = [.. _pins, .. other._pins];
        foreach (Pin pin in other._pins)
            pin.Net = this;
    }

    /// <summary>Works out the level anew; true when it is another one.</summary>
    internal bool Update()
    {
        // Ground wins against the supply: so it is with open-drain wires, and else somebody must burn.
        PinDrive strongest = PinDrive.Floating;
        foreach (Pin pin in _pins)
        {
            PinDrive drive = pin.Drive;
            if (drive == PinDrive.Low)
            {
                strongest = drive;
                break;
            }

            if (drive > strongest)
                strongest = drive;
        }

        bool level = strongest is PinDrive.High or PinDrive.PullUp;
        if (level == Level)
            return false;
        Level = level;
        return true;
    }

    internal void Tell()
    {
        foreach (Pin pin in _pins)
            pin.OnLevel(Level);
    }
}
