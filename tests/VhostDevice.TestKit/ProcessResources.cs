// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.TestKit;

/// <summary>
/// What a process holds that outlives garbage collection: descriptors, mappings of memory files, threads. Ordinary
/// files and threads of the runtime are left out: it opens and starts them when it likes.
/// </summary>
public sealed record ProcessResources(IReadOnlyList<string> Descriptors, IReadOnlyList<string> Mappings, IReadOnlyList<string> Threads)
{
    public static ProcessResources Take()
    {
        // What finished tests left to their finalizers would disappear in the middle of the count.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return new ProcessResources(OpenDescriptors(), MappedMemoryFiles(), RunningThreads());
    }

    /// <summary>
    /// Names what is there now and was not before; empty when nothing is. The runtime's own threads open pipes for a
    /// moment (to probe memory), so what is there must stay to count.
    /// </summary>
    public static string LeftSince(ProcessResources before)
    {
        string left = Take().Since(before);
        for (int i = 0; i < 10 && left.Length > 0; i++)
        {
            Thread.Sleep(20);
            left = Take().Since(before);
        }

        return left;
    }

    private string Since(ProcessResources before)
    {
        List<string> more = [];
        more.AddRange(Surplus(Descriptors, before.Descriptors));
        more.AddRange(Surplus(Mappings, before.Mappings));
        more.AddRange(Surplus(Threads, before.Threads));
        return string.Join(", ", more);
    }

    private static string[] OpenDescriptors() =>
        [.. Directory.GetFiles("/proc/self/fd").Select(Target).Where(t => t.Length > 0)];

    // The runtime keeps its code in a memory file of its own.
    private static string[] MappedMemoryFiles() =>
        [.. File.ReadLines("/proc/self/maps")
            .Where(l => l.Contains("/memfd:", StringComparison.Ordinal) && !l.Contains("doublemapper", StringComparison.Ordinal))
            .Select(l => "mapping of " + l[l.IndexOf("/memfd:", StringComparison.Ordinal)..])];

    private static string[] RunningThreads() =>
        [
            .. Directory.GetDirectories("/proc/self/task")
                .Select(ThreadName)
                .Where(
                    n =>
                        n.StartsWith("loop", StringComparison.Ordinal)
                            || n.StartsWith("rng-", StringComparison.Ordinal)
                            || n.StartsWith("i2c-", StringComparison.Ordinal)),
        ];

    private static string ThreadName(string task)
    {
        try
        {
            return File.ReadAllText(Path.Combine(task, "comm")).Trim();
        }
        catch (IOException)
        {
            return ""; // it has just ended
        }
    }

    private static string Target(string link)
    {
        try
        {
            string target = new FileInfo(link).LinkTarget ?? "/";
            bool isOrdinary = target[0] == '/' && !target.StartsWith("/memfd:", StringComparison.Ordinal);
            return isOrdinary ? "" : $"{Path.GetFileName(link)} → {target}";
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static List<string> Surplus(IReadOnlyList<string> now, IReadOnlyList<string> before)
    {
        List<string> surplus = [.. now];
        foreach (string known in before)
            surplus.Remove(known);
        return surplus;
    }
}
