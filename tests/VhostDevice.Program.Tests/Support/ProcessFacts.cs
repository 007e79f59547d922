// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;

namespace VhostDevice.Program.Tests.Support;

/// <summary>What the kernel knows of a process that must not grow.</summary>
/// <param name="Mappings">Of files, guests' memory among them; how many pieces the heap is in is the collector's matter.</param>
/// <param name="ResidentKiB">All pages, those of programs and libraries included, which others share.</param>
/// <param name="AnonymousKiB">Its own, which nobody shares and nothing but swap can hold: what one more daemon costs.</param>
/// <param name="ProportionalKiB">Its own, and its part of those that it shares.</param>
internal sealed record ProcessFacts(int Descriptors, int Mappings, int Threads, long ResidentKiB, long AnonymousKiB, long ProportionalKiB)
{
    internal static ProcessFacts Of(int process)
    {
        string folder = $"/proc/{process}";
        string[] status = File.ReadAllLines($"{folder}/status");
        return new ProcessFacts(
            Directory.GetFileSystemEntries($"{folder}/fd").Length,
            File.ReadLines($"{folder}/maps").Count(l => l.Contains('/', StringComparison.Ordinal)),
            (int)Number(status, "Threads:"),
            Number(status, "VmRSS:"),
            Number(status, "RssAnon:"),
            Number(File.ReadAllLines($"{folder}/smaps_rollup"), "Pss:"));
    }

    private static long Number(string[] status, string name)
    {
        string line = status.Single(l => l.StartsWith(name, StringComparison.Ordinal));
        return long.Parse(line[name.Length..].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture);
    }
}
