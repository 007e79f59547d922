// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Security.Cryptography;

namespace VhostDevice.Fuzz.Modes;

/// <summary>Takes from found inputs those that add something to a corpus, the smallest first and cut down to what matters.</summary>
internal static class Merge
{
    internal static int Run(IFuzzTarget target, string from, string into)
    {
        INovelty novelty = Covered.BestFor(target);
        foreach (string file in Replay.Files([into]))
        {
            Run(target, novelty, File.ReadAllBytes(file));
            _ = novelty.IsNew(target);
        }

        int added = 0;
        foreach (byte[] input in Replay.Files([from]).Select(File.ReadAllBytes).OrderBy(static i => i.Length))
        {
            Run(target, novelty, input);
            if (!novelty.IsNew(target))
                continue;
            byte[] small = Cut(target, novelty, input);
            File.WriteAllBytes(Path.Combine(into, NameOf(small)), small);
            added++;
        }

        Console.WriteLine($"{target.Name}: {added} inputs added{novelty.Summary}");
        return 0;
    }

    /// <summary>A name that depends on the content only.</summary>
    internal static string NameOf(ReadOnlySpan<byte> input) => Convert.ToHexStringLower(SHA256.HashData(input).AsSpan(0, 6));

    /// <summary>Leaves out runs of bytes, long ones first, as long as the same happens.</summary>
    private static byte[] Cut(IFuzzTarget target, INovelty novelty, byte[] input)
    {
        Run(target, novelty, input);
        ulong whole = novelty.Fingerprint(target);
        for (int run = input.Length / 2; run > 0; run /= 2)
        {
            for (int at = 0; at + run <= input.Length;)
            {
                byte[] shorter = [.. input[..at], .. input[(at + run)..]];
                Run(target, novelty, shorter);
                if (novelty.Fingerprint(target) == whole)
                    input = shorter;
                else
                    at += run;
            }
        }

        return input;
    }

    private static void Run(IFuzzTarget target, INovelty novelty, byte[] input)
    {
        novelty.Begin();
        target.Run(input);
    }
}
