// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards.Wiring;
using VhostDevice.Devices.Gpio;

namespace VhostDevice.Devices.Boards.Gpio;

/// <summary>A line of a simulated chip, whoever has it. Under <see cref="Board.Gate"/>.</summary>
internal sealed class SimulatedGpioLine
{
    private SimulatedGpioRequest? _request;
    private GpioBias _bias = GpioBias.Disabled;

    internal SimulatedGpioLine(Board board, int number, string name, string fullName)
    {
        Name = name;
        Pin = new Pin(board.Nets, number.ToString(System.Globalization.CultureInfo.InvariantCulture), fullName, OnLevel);
    }

    internal string Name { get; }

    internal Pin Pin { get; }

    internal GpioDirection Direction { get; private set; } = GpioDirection.In;

    internal string? User => _request?.Owner;

    internal void Take(SimulatedGpioRequest request) => _request = request;

    /// <summary>What is left is an input, as after a reset.</summary>
    internal void GiveBack()
    {
        _request = null;
        _bias = GpioBias.Disabled;
        SetUp(new GpioLineSettings(GpioDirection.In));
    }

    internal void SetUp(in GpioLineSettings settings)
    {
        if (settings.Bias != GpioBias.AsIs)
            _bias = settings.Bias;
        if (settings.Direction != GpioDirection.AsIs)
            Direction = settings.Direction;
        if (Direction == GpioDirection.Out)
        {
            // Taken over as it is: what it drives, or what is on the wire, goes on.
            bool value = settings.Direction == GpioDirection.Out ? settings.Value : Pin.Level;
            Pin.Drive = value ? PinDrive.High : PinDrive.Low;
        }
        else
        {
            Pin.Drive = _bias switch
            {
                GpioBias.PullUp => PinDrive.PullUp,
                GpioBias.PullDown => PinDrive.PullDown,
                _ => PinDrive.Floating,
            };
        }
    }

    private void OnLevel(bool high) => _request?.OnLevel(high);
}
