// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Boards.Can.Ecu.Diagnosis;

internal enum SessionKind
{
    Default = 1,
    Programming = 2,
    Extended = 3,
}

/// <summary>What one tester has achieved with the ECU: its session, what it unlocked, and its transfer.</summary>
internal sealed class DiagnosticSession
{
    /// <summary>A session other than the default one ends when the tester is silent for so long (S3), in ticks of 100 ns.</summary>
    internal const long Patience = 5 * TimeSpan.TicksPerSecond;

    internal SessionKind Kind { get; private set; } = SessionKind.Default;

    /// <summary>The level of security access; 0: locked.</summary>
    internal int Unlocked { get; set; }

    /// <summary>The level whose seed was given, and the seed.</summary>
    internal (int Level, uint Seed)? Seed { get; set; }

    internal Transfer? Transfer { get; set; }

    /// <summary>When it ends; <see cref="long.MaxValue"/>: never.</summary>
    internal long Due { get; private set; } = long.MaxValue;

    /// <summary>Begins a session, in which everything is locked.</summary>
    internal void Begin(SessionKind kind)
    {
        Kind = kind;
        Unlocked = 0;
        Seed = null;
        Transfer = null;
        Due = long.MaxValue;
    }

    /// <summary>The tester was heard of.</summary>
    internal void Touch(long now) => Due = Kind == SessionKind.Default ? long.MaxValue : now + Patience;
}
