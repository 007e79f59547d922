// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Input;

namespace VhostDevice.Devices.Boards.Input;

/// <summary>Switches that a guest looks at: the lid, tablet mode, sockets of headphones and microphones.</summary>
internal sealed class StateSwitch : InputPart
{
    // linux/input-event-codes.h, SW_*.
    private static readonly (string Name, int Code)[] s_switches =
        [("lid", 0), ("tablet-mode", 1), ("headphones", 2), ("microphone", 4), ("docked", 5)];

    /// <inheritdoc cref="InputPart(Board, string, string, InputDescription)"/>
    internal StateSwitch(Board board, string name)
        : base(board, "switch", name, Describe(name))
    {
        foreach ((string called, int code) in s_switches)
        {
            SwitchParameter? shown = null;
            shown = Parameter(new SwitchParameter(called, false, changed: () => Send(InputTypes.Switch, code, shown!.Now ? 1 : 0)));
        }
    }

    private static InputDescription Describe(string name)
    {
        InputDescription made = new() { Name = $"vhost-device switch {name}", Bus = 6, Vendor = 0x0627, Product = 8, Version = 1 };
        foreach ((_, int code) in s_switches)
            made.Add(InputTypes.Switch, code);
        return made;
    }
}
