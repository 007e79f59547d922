// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using YamlDotNet.Core;

namespace VhostDevice.Devices.Yaml;

/// <summary>A piece of a YAML document, which knows where it stands.</summary>
internal abstract record YamlNode(Mark Start);

internal sealed record YamlScalar(Mark Start, string Value) : YamlNode(Start);

internal sealed record YamlList(Mark Start, IReadOnlyList<YamlNode> Items) : YamlNode(Start);

internal sealed record YamlPairs(Mark Start, IReadOnlyList<(YamlScalar Key, YamlNode Value)> Pairs) : YamlNode(Start);
