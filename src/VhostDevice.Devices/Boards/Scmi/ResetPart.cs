// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using VhostDevice.Devices.Boards.Wiring;
using VhostDevice.Devices.Scmi.Domains;

namespace VhostDevice.Devices.Boards.Scmi;

/// <summary>A reset line of a SoC; its pin is low while it is asserted.</summary>
internal sealed class ResetPart : SocPart
{
    private readonly ScmiReset _reset;
    private readonly SwitchParameter _asserted;
    private readonly TextParameter _count;
    private readonly Pin _pin;
    private bool _was;
    private int _times;

    internal ResetPart(Board board, ScmiReset reset)
        : base(board, "reset", reset)
    {
        _reset = reset;
        _asserted = Switch("asserted", reset.IsAsserted, value => reset.IsAsserted = value);
        _count = Parameter(new TextParameter("count", "", () => _times.ToString(CultureInfo.InvariantCulture)));
        _pin = AddPin("out");
        Show();
    }

    private protected override void Show()
    {
        if (_reset.IsAsserted && !_was)
        {
            _times++;
            _count.Changed();
        }

        _was = _reset.IsAsserted;
        _asserted.Value = _reset.IsAsserted;
        _pin.Drive = _reset.IsAsserted ? PinDrive.Low : PinDrive.High;
    }
}
