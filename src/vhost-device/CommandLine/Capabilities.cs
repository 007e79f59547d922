// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Text;

namespace VhostDevice.Program.CommandLine;

/// <summary>The JSON of --print-capabilities (vhost-user specification, "Back-end program conventions").</summary>
internal static class Capabilities
{
    internal static string Json(DeviceEntry entry)
    {
        StringBuilder json = new();
        json.Append("{\n  \"type\": \"").Append(entry.BackEndType).Append("\",\n  \"features\": [");
        json.AppendJoin(", ", entry.Capabilities.Select(c => $"\"{c}\""));
        return json.Append("]\n}\n").ToString();
    }
}
