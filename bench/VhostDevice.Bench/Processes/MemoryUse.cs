// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;

namespace VhostDevice.Bench.Processes;

/// <summary>How much memory a process holds, in KiB.</summary>
/// <param name="Resident">VmRSS, shared pages of program and libraries included.</param>
/// <param name="Anonymous">RssAnon: what it holds alone, its heap and stacks.</param>
/// <param name="Proportional">Pss: shared pages divided by their users.</param>
internal readonly record struct MemoryUse(long Resident, long Anonymous, long Proportional)
{
    internal static MemoryUse Of(int pid) => new(
        Read(pid, "status", "VmRSS:"), Read(pid, "status", "RssAnon:"), Read(pid, "smaps_rollup", "Pss:"));

    private static long Read(int pid, string file, string key)
    {
        foreach (string line in ProcessFiles.Read(pid, folder => File.ReadAllLines(Path.Combine(folder, file))))
        {
            if (line.StartsWith(key, StringComparison.Ordinal))
                return long.Parse(
                    line[key.Length..].Replace("kB", "", StringComparison.Ordinal),
                    NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite,
                    CultureInfo.InvariantCulture);
        }

        throw new BenchException($"/proc/{pid}/{file} has no {key}");
    }
}
