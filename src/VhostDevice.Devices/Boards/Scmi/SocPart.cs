// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scmi.Domains;

namespace VhostDevice.Devices.Boards.Scmi;

/// <summary>Something of a simulated SoC as people see it: parameters that follow a domain, and a domain that follows them.</summary>
internal abstract class SocPart : BoardPart
{
    private protected SocPart(Board board, string model, ScmiDomain domain)
        : base(board, model, domain.Name) => domain.Changed += Show;

    /// <summary>Has the parameters and pins be what the domain is.</summary>
    private protected abstract void Show();

    private protected NumberParameter Number(string name, string unit, ScmiSteps steps, double scale, long value, Action<long> set)
    {
        NumberParameter? made = null;
        made = Parameter(new NumberParameter(
            name, unit, steps.Least / scale, steps.Most / scale, value / scale, () => set((long)Math.Round(made!.Now * scale))));
        return made;
    }

    private protected SwitchParameter Switch(string name, bool value, Action<bool> set)
    {
        SwitchParameter? made = null;
        made = Parameter(new SwitchParameter(name, value, changed: () => set(made!.Now)));
        return made;
    }
}
