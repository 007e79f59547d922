// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;

namespace VhostDevice.Fuzz.Modes;

/// <summary>
/// Mutates the corpus for a while. What did something new becomes part of it.
/// </summary>
/// <param name="novelty">
/// What the target says of its behaviour, which runs anywhere, or coverage, which needs instrumented assemblies.
/// </param>
internal sealed class RandomRun(IFuzzTarget target, INovelty novelty, RandomOptions options)
{
    private const int MostBytes = 4096;

    private readonly Random _random = new(options.Seed);
    private readonly List<byte[]> _corpus = [];

    internal int Run()
    {
        string running = $"{target.Name}.running";
        if (LastInput.Left(running) is { } left)
        {
            string saved = Save(".", "ended-the-process", left);
            Console.Error.WriteLine($"{target.Name}: the input that ended the last run is in {saved}");
            File.Delete(running);
        }

        using LastInput last = new(running, MostBytes);
        if (options.Corpus is not null)
        {
            foreach (string file in Replay.Files([options.Corpus]))
            {
                byte[] input = File.ReadAllBytes(file);
                if (input.Length <= MostBytes && !TryOne(last, input, out _))
                    return 1;
                _corpus.Add(input);
            }
        }

        int given = _corpus.Count;
        if (given == 0)
            _corpus.Add([]);
        Mutator mutator = new(_random, MostBytes);
        long executions = 0;
        long start = Stopwatch.GetTimestamp();
        double seconds = 0;
        for (; seconds < options.Seconds; executions++)
        {
            if ((executions & 1023) == 0)
                seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            ReadOnlySpan<byte> input = mutator.Mutate(Pick(), Pick());
            if (!TryOne(last, input, out bool isNew))
                return 1;
            if (!isNew)
                continue;
            _corpus.Add(input.ToArray());
            if (options.Keep is not null)
                _ = Save(options.Keep, "", input);
        }

        Console.WriteLine(
            $"{target.Name}: {executions} executions, {executions / seconds:0}/s, seed {options.Seed}, "
                + $"{_corpus.Count - given} kept{novelty.Summary}, nothing found");
        return 0;
    }

    private byte[] Pick() => _corpus[_random.Next(_corpus.Count)];

    private bool TryOne(LastInput last, ReadOnlySpan<byte> input, out bool isNew)
    {
        last.Set(input);
        novelty.Begin();
        try
        {
            target.Run(input);
        }
        catch (Exception finding)
        {
            Console.Error.WriteLine($"{target.Name}: {finding}");
            Console.Error.WriteLine($"{target.Name}: the input is in {Save(".", "found", input)}, the seed was {options.Seed}");
            isNew = false;
            return false;
        }

        isNew = novelty.IsNew(target);
        return true;
    }

    private string Save(string directory, string kind, ReadOnlySpan<byte> input)
    {
        string name = Merge.NameOf(input);
        _ = Directory.CreateDirectory(directory);
        string path = Path.Combine(directory, kind.Length == 0 ? name : $"{target.Name}.{kind}.{name}");
        File.WriteAllBytes(path, input);
        return path;
    }
}
