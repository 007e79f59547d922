// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.VhostUser.BackEnd;

internal enum OutcomeKind
{
    /// <summary>Served; acknowledged with 0 when the front-end asked for that.</summary>
    Done,

    /// <summary>Served, and the reply of its own is on the way.</summary>
    Replied,

    /// <summary>Not served, nothing changed. Acknowledged with 1 when possible, otherwise the connection ends.</summary>
    Refused,

    /// <summary>Not served, which the front-end need not care about: acknowledged with 1 when asked for, and nothing else.</summary>
    Declined,

    /// <summary>The front-end does not speak the protocol: the connection ends.</summary>
    Fatal,

    /// <summary>Cannot be answered yet; no further message is read until it can.</summary>
    Parked,
}

/// <summary>What became of one message.</summary>
internal readonly record struct Outcome(OutcomeKind Kind, string Reason = "")
{
    internal static readonly Outcome Done = new(OutcomeKind.Done);
    internal static readonly Outcome Replied = new(OutcomeKind.Replied);
    internal static readonly Outcome Parked = new(OutcomeKind.Parked);

    internal static Outcome Refused(string reason) => new(OutcomeKind.Refused, reason);

    internal static Outcome Declined(string reason) => new(OutcomeKind.Declined, reason);

    internal static Outcome Fatal(string reason) => new(OutcomeKind.Fatal, reason);
}
