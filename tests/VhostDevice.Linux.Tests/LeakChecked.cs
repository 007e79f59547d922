// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux.Tests;

/// <summary>Fails a test that leaves a descriptor, or a mapping of a memory file, behind.</summary>
public abstract class LeakChecked : IDisposable
{
    private readonly HashSet<string> _descriptors = Descriptors();
    private readonly int _mappings = Mappings();

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        Assert.Equal([], Descriptors().Except(_descriptors));
        Assert.Equal(_mappings, Mappings());
    }

    internal static HashSet<string> Descriptors()
    {
        HashSet<string> found = [];
        foreach (FileInfo link in new DirectoryInfo("/proc/self/fd").EnumerateFiles())
        {
            // Null: the descriptor of this very listing. The runtime keeps one of each assembly that it loads, and its
            // collector has one for a moment.
            if (link.LinkTarget is string target && !target.EndsWith("/fd", StringComparison.Ordinal)
                && !target.EndsWith(".dll", StringComparison.Ordinal) && target != "/proc/meminfo")
                found.Add($"{link.Name} → {target}");
        }

        return found;
    }

    // The runtime keeps its code in a memory file of its own.
    internal static int Mappings() => File.ReadLines("/proc/self/maps")
        .Count(l => l.Contains("/memfd:", StringComparison.Ordinal) && !l.Contains("doublemapper", StringComparison.Ordinal));
}
