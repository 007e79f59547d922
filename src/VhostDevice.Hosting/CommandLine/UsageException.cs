// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Hosting.CommandLine;

/// <summary>A wrong command line: exit status 2.</summary>
/// <param name="message">What is wrong, and what would be right.</param>
internal sealed class UsageException(string message) : StartupException(message, isUsage: true)
{
    /// <summary>The command whose help tells more.</summary>
    internal string? CommandPath { get; set; }
}
