// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Scmi;

/// <summary>Something that the command line may say of a sensor: <c>path=…</c>.</summary>
internal sealed class ScmiProperty(string name, bool isNeeded, string help)
{
    internal string Name => name;

    internal bool IsNeeded => isNeeded;

    internal string Help => help;
}
