// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Text;

namespace VhostDevice.Hosting.CommandLine;

/// <summary>The JSON of --print-capabilities (vhost-user specification, "Back-end program conventions").</summary>
internal static class Capabilities
{
    internal static string Json(string type, IReadOnlyList<string> features)
    {
        StringBuilder json = new();
        json.Append("{\n  \"type\": \"").Append(type).Append("\",\n  \"features\": [");
        for (int i = 0; i < features.Count; i++)
            json.Append(i == 0 ? "\"" : ", \"").Append(features[i]).Append('"');
        return json.Append("]\n}\n").ToString();
    }
}
