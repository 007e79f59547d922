// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;

namespace VhostDevice.TestDisk;

/// <summary>The command line of the test disk.</summary>
public sealed record DiskOptions
{
    public const string Usage = """
        usage: VhostDevice.TestDisk --socket-path PATH --file FILE [OPTION...]
          --queues N     number of queues, 4
          --shuffle      complete requests in another order than they came
          --delay-us N   keep requests for so long before they are carried out, so that some are in flight
        """;

    /// <summary>More queues than a test has CPUs.</summary>
    private const int MaxQueues = 64;

    public string SocketPath { get; private init; } = "";

    public string File { get; private init; } = "";

    public int Queues { get; init; } = 4;

    public bool Shuffle { get; init; }

    public TimeSpan Delay { get; init; }

    public static DiskOptions? Parse(ReadOnlySpan<string> args)
    {
        DiskOptions options = new();
        for (int i = 0; i < args.Length; i++)
        {
            string value = i + 1 < args.Length ? args[i + 1] : "";
            switch (args[i])
            {
                case "--shuffle":
                    options = options with { Shuffle = true };
                    continue;
                case "--socket-path":
                    options = options with { SocketPath = value };
                    break;
                case "--file":
                    options = options with { File = value };
                    break;
                case "--queues" when TryNumber(value, out int queues) && queues is > 0 and <= MaxQueues:
                    options = options with { Queues = queues };
                    break;
                case "--delay-us" when TryNumber(value, out int delay):
                    options = options with { Delay = TimeSpan.FromMicroseconds(delay) };
                    break;
                default:
                    return null;
            }

            i++;
        }

        return options.SocketPath.Length > 0 && options.File.Length > 0 ? options : null;
    }

    private static bool TryNumber(string text, out int value) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
}
