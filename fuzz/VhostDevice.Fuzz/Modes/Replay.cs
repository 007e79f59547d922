// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Fuzz.Modes;

/// <summary>Runs stored inputs once each.</summary>
public static class Replay
{
    /// <summary>The files themselves, and those below directories, in a stable order.</summary>
    public static IEnumerable<string> Files(IEnumerable<string> paths) => paths.SelectMany(static path =>
        Directory.Exists(path)
            ? Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            : Enumerable.Repeat(path, 1));

    internal static int Run(IFuzzTarget target, ReadOnlySpan<string> paths)
    {
        int count = 0;
        int failed = 0;
        foreach (string file in Files(paths.ToArray()))
        {
            count++;
            try
            {
                target.Run(File.ReadAllBytes(file));
            }
            catch (Exception finding)
            {
                failed++;
                Console.Error.WriteLine($"{file}: {finding}");
            }
        }

        Console.WriteLine($"{target.Name}: {count} inputs, {failed} failed");
        return failed == 0 && count > 0 ? 0 : 1;
    }
}
