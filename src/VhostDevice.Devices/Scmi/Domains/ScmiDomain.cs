// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Scmi.Domains;

/// <summary>
/// Something of a SoC that agents control: a clock, a supply, a reset line. It is a model without hardware behind it; who owns it
/// hears of changes and makes them. For whoever holds the platform's gate.
/// </summary>
/// <param name="name">Up to 63 ASCII characters.</param>
public abstract class ScmiDomain(string name)
{
    /// <summary>It is something else than before, whoever changed it.</summary>
    public event Action? Changed;

    public string Name => name;

    private protected void Set(ref bool field, bool value)
    {
        if (field == value)
            return;
        field = value;
        Tell();
    }

    private protected void Set(ref long field, long value)
    {
        if (field == value)
            return;
        field = value;
        Tell();
    }

    private protected void Tell() => Changed?.Invoke();
}
