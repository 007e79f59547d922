// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Fuzz.Message;

/// <summary>
/// What the process holds, without the files that the runtime opens when it likes, and without pipes but one: its
/// threads make some for a moment, to probe memory.
/// </summary>
internal static class Leaks
{
    /// <param name="pipe">The input's own pipe, as <see cref="Target"/> names it.</param>
    internal static List<string> Find(string pipe) =>
    [
        .. Directory.EnumerateFiles("/proc/self/fd").Select(static l => (Link: l, Target: Target(l)))
            .Where(f => f.Target.Length > 0 && (f.Target == pipe || !f.Target.StartsWith("pipe:", StringComparison.Ordinal)))
            .Select(static f => $"{Path.GetFileName(f.Link)} → {f.Target}"),
        .. File.ReadLines("/proc/self/maps").Where(static l => l.Contains("/memfd:fuzz", StringComparison.Ordinal)),
    ];

    internal static string Target(string link)
    {
        try
        {
            string target = new FileInfo(link).LinkTarget ?? "/";
            return target[0] != '/' || target.StartsWith("/memfd:fuzz", StringComparison.Ordinal) ? target : "";
        }
        catch (IOException)
        {
            return ""; // the descriptor of this very listing
        }
    }
}
