// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Yaml;

namespace VhostDevice.Devices.Boards.Scmi;

/// <summary>What a board file says of a sensor of a SoC, whose part may come later in it.</summary>
/// <param name="map">Where it says so.</param>
/// <param name="shown">Parameters of parts.</param>
internal sealed class SocSensor(YamlMap map, string name, IReadOnlyList<string> shown, bool isVector)
{
    internal YamlMap Map => map;

    internal string Name => name;

    internal IReadOnlyList<string> Shown => shown;

    internal bool IsVector => isVector;
}
