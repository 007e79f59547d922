// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Program.Tests.Support;

/// <summary>Words about a daemon that its sandbox has killed, for whoever did not expect it.</summary>
internal static class SandboxDeath
{
    internal static string Explain(int process, string[] log) =>
        $"Process {process} was killed by SIGSYS: its sandbox forbids a system call that it made. lab/syscalls says which calls are made; "
        + "those of one device are allowed in its kind, those of all devices in src/VhostDevice.Hosting/Sandbox/BaseCalls.cs.\n"
        + string.Join('\n', log);
}
