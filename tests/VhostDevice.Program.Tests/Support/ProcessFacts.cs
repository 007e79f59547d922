// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;

namespace VhostDevice.Program.Tests.Support;

/// <summary>What the kernel knows of a process that must not grow.</summary>
internal sealed record ProcessFacts(int Descriptors, int Mappings, int Threads, long ResidentKiB, long AnonymousKiB)
{
    internal static ProcessFacts Of(int process)
    {
        string folder = $"/proc/{process}";
        string[] status = File.ReadAllLines($"{folder}/status");
        return new ProcessFacts(
            Directory.GetFileSystemEntries($"{folder}/fd").Length,
            File.ReadAllLines($"{folder}/maps").Length,
            (int)Number(status, "Threads:"),
            Number(status, "VmRSS:"),
            Number(status, "RssAnon:"));
    }

    private static long Number(string[] status, string name)
    {
        string line = status.Single(l => l.StartsWith(name, StringComparison.Ordinal));
        return long.Parse(line[name.Length..].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture);
    }
}
