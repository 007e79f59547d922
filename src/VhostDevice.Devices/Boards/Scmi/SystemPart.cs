// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scmi.Domains;

namespace VhostDevice.Devices.Boards.Scmi;

/// <summary>A SoC as a whole: what its agents wanted to become of it, and a way to ask them to end.</summary>
internal sealed class SystemPart : BoardPart
{
    private readonly TextParameter _state;
    private string _word = "on";

    internal SystemPart(Board board, string name)
        : base(board, "soc", name)
    {
        _state = Parameter(new TextParameter("state", "", () => _word));
        _ = Parameter(new TextParameter("request", "", static () => "none", "shutdown or reset", TryRequest));
    }

    /// <summary>Whom people's requests go to.</summary>
    internal SystemPowerProtocol? Protocol { get; set; }

    /// <summary>An agent wants something. Under the gate.</summary>
    internal void Set(ScmiSystemState state)
    {
        _word = state switch
        {
            ScmiSystemState.ShutDown => "shutdown",
            ScmiSystemState.ColdReset => "reset",
            ScmiSystemState.WarmReset => "warm-reset",
            ScmiSystemState.PowerUp => "power-up",
            _ => "suspend",
        };
        _state.Changed();
    }

    private bool TryRequest(string word)
    {
        if (word is not ("shutdown" or "reset"))
            return false;
        Protocol?.Request(word == "reset" ? ScmiSystemState.ColdReset : ScmiSystemState.ShutDown);
        return true;
    }
}
