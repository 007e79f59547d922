// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;

namespace VhostDevice.Devices.Boards.Can.Ecu.Diagnosis;

/// <summary>When something may be read, written or started: in which sessions, and with which level of security access.</summary>
/// <param name="Sessions">Bit n: in session n. 0: never.</param>
/// <param name="Level">The level that must be unlocked; 0: none.</param>
internal sealed record AccessRule(int Sessions, int Level)
{
    internal const int MaxLevel = 0x21;

    internal const string Example = "always, never, extended, programming, or with a level: extended level 1";

    internal static AccessRule Always { get; } = new(~0, 0);

    internal static AccessRule Never { get; } = new(0, 0);

    internal static AccessRule Extended { get; } = new(1 << (int)SessionKind.Extended, 0);

    internal static AccessRule Programming { get; } = new(1 << (int)SessionKind.Programming, 0);

    /// <summary>Reads a rule: words with spaces or commas between them.</summary>
    internal static AccessRule? TryParse(string text)
    {
        int sessions = 0, level = 0;
        string[] words = text.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries);
        for (int i = 0; i < words.Length; i++)
        {
            switch (words[i])
            {
                case "always":
                    sessions = ~0;
                    break;
                case "extended":
                    sessions |= Extended.Sessions;
                    break;
                case "programming":
                    sessions |= Programming.Sessions;
                    break;
                case "level" when i + 1 < words.Length
                    && int.TryParse(words[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out level)
                    && level is >= 1 and <= MaxLevel:
                    i++;
                    break;
                case "never" when words.Length == 1:
                    return Never;
                default:
                    return null;
            }
        }

        // A level alone: in any session that it can be unlocked in.
        return words.Length == 0 ? null : new AccessRule(sessions == 0 ? Extended.Sessions | Programming.Sessions : sessions, level);
    }

    /// <summary>Whether it applies now.</summary>
    internal Refusal Check(DiagnosticSession session) =>
        (Sessions >> (int)session.Kind & 1) == 0 ? Refusal.OutOfRange
        : Level != 0 && session.Unlocked != Level ? Refusal.SecurityAccessDenied
        : Refusal.None;
}
