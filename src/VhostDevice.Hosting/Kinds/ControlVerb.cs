// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Hosting.CommandLine;

namespace VhostDevice.Hosting.Kinds;

/// <summary>Something that a running daemon can be asked on its control socket; to its user a command below the device's.</summary>
/// <param name="name">The first word of the request.</param>
/// <param name="purpose">One line, without a full stop.</param>
/// <param name="words">What follows the name.</param>
public sealed class ControlVerb(string name, string purpose, params IReadOnlyList<Positional> words)
{
    public string Name => name;

    public string Purpose => purpose;

    public IReadOnlyList<Positional> Words => words;

    /// <summary>What follows the name in an example.</summary>
    public string Example { get; init; } = "";

    /// <summary>After the answer the client stays, and prints what comes, until the daemon ends.</summary>
    public bool Stays { get; init; }

    /// <summary>
    /// The answer is a file, in base64 line by line. It is written where the last of <see cref="Words"/> says, which the daemon
    /// is not told, or to standard output without that word.
    /// </summary>
    public bool AnswersFile { get; init; }

    /// <summary>
    /// Turns a word as the user wrote it into what the daemon is asked: a path that is relative to the user's folder, which the
    /// daemon does not know, into a whole one. Throws <see cref="StartupException"/> when that is not possible.
    /// </summary>
    public Func<string, string>? Complete { get; init; }
}
