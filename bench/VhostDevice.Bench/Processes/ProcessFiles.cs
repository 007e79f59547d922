// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Bench.Processes;

/// <summary>What the kernel shows of a process under /proc.</summary>
internal static class ProcessFiles
{
    /// <param name="pid">A process that may end at any time.</param>
    /// <param name="read">Is given the process's folder.</param>
    /// <exception cref="BenchException">The process has ended.</exception>
    internal static T Read<T>(int pid, Func<string, T> read)
    {
        try
        {
            return read($"/proc/{pid}");
        }
        catch (IOException)
        {
            // No such file before it is opened, ESRCH after that.
            throw new BenchException($"process {pid} has ended while it was measured");
        }
    }
}
