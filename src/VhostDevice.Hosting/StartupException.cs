// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Hosting;

/// <summary>A reason not to start, in one line for the user.</summary>
/// <param name="message">What is wrong and what to do.</param>
/// <param name="isUsage">Wrong use of the command line (exit 2) rather than of the system (exit 1).</param>
public class StartupException(string message, bool isUsage = false) : Exception(message)
{
    internal int ExitCode => isUsage ? 2 : 1;
}
