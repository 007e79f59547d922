// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Yaml;

namespace VhostDevice.Devices.Boards.Scmi;

/// <summary>What a board file says of an agent of a SoC.</summary>
/// <param name="map">Where it says so.</param>
/// <param name="denied">Names of resources that it may not use.</param>
internal sealed class SocAgent(YamlMap map, string name, bool isTrusted, IReadOnlyList<string> denied)
{
    internal YamlMap Map => map;

    internal string Name => name;

    internal bool IsTrusted => isTrusted;

    internal IReadOnlyList<string> Denied => denied;
}
