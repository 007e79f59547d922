// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux;

/// <summary>
/// Keeps the process alive when the file of a mapping is truncated by somebody else: whoever handles SIGBUS. The handler
/// itself cannot be written in .NET, so it is the program's to bring one.
/// </summary>
public unsafe interface IMappingGuard
{
    /// <summary>
    /// Begins to guard a mapping. When an access to it fails, it gets zeroed memory in its place, the access goes
    /// through, and the alarm is signalled. From any thread.
    /// </summary>
    /// <param name="start">First byte of its first page.</param>
    /// <param name="length">Bytes, whole pages.</param>
    /// <param name="alarm">A non-blocking eventfd, open until <see cref="Remove"/>; or -1.</param>
    /// <param name="lost">Set to 1 before the access goes through; stays until <see cref="Remove"/>.</param>
    /// <returns>What <see cref="Remove"/> wants to know; 0 when there is no memory.</returns>
    nint Add(byte* start, nuint length, int alarm, int* lost);

    /// <summary>Ends the guard, before the mapping is unmapped. From any thread.</summary>
    void Remove(nint guarded);
}
