// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Xunit;

namespace VhostDevice.VhostUser.Tests.FrontEnd;

/// <summary>Tests that count the process's descriptors must run alone.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class FdLeaks
{
    public const string Name = "descriptors are counted";

    /// <summary>Runs a test body and asserts that it leaves no descriptor behind.</summary>
    public static void AssertNone(Action body)
    {
        // Once for whatever the runtime opens on first use.
        body();
        Collect();
        string[] before = Open();
        body();
        Collect();
        Assert.Equal(before, Open());
    }

    private static void Collect()
    {
        // Descriptors of finished tests that wait for their finalizer would disappear in the middle of the count.
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }

    private static string[] Open() =>
        [.. Directory.GetFiles("/proc/self/fd").Select(Target).Where(t => t.Length > 0).Order(StringComparer.Ordinal)];

    // Sockets, pipes, memory files and the like, without inode numbers, so that a new one in place of an old one is no
    // difference. Ordinary files are the runtime's, which opens them when it likes.
    private static string Target(string link)
    {
        string target;
        try
        {
            target = new FileInfo(link).LinkTarget ?? "/";
        }
        catch (IOException)
        {
            target = "/";
        }

        bool isOrdinary = target[0] == '/' && !target.StartsWith("/memfd:", StringComparison.Ordinal);
        return isOrdinary ? "" : target.Split(':')[0] + ":" + Path.GetFileName(link);
    }
}
