// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;

namespace VhostDevice.Fuzz.Modes;

/// <param name="Seconds">How long.</param>
/// <param name="Seed">The same seed and corpus make the same inputs.</param>
/// <param name="Corpus">Inputs to begin with.</param>
/// <param name="Keep">Where inputs with new behaviour go; null keeps them in memory only.</param>
internal readonly record struct RandomOptions(double Seconds, int Seed, string? Corpus, string? Keep)
{
    internal static bool TryParse(ReadOnlySpan<string> args, out RandomOptions options)
    {
        options = new(0, Environment.TickCount, null, null);
        int place = 0;
        for (int i = 0; i < args.Length; i++)
        {
            switch (args[i])
            {
                case "--corpus" when i + 1 < args.Length:
                    options = options with { Corpus = args[++i] };
                    break;
                case "--keep" when i + 1 < args.Length:
                    options = options with { Keep = args[++i] };
                    break;
                case string text when place == 0
                    && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds)
                    && seconds > 0:
                    options = options with { Seconds = seconds };
                    place++;
                    break;
                case string text when place == 1 && int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out int seed):
                    options = options with { Seed = seed };
                    place++;
                    break;
                default:
                    return false;
            }
        }

        return place > 0;
    }
}
