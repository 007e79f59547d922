// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Hosting.Sandbox;

/// <summary>How much of the sandbox is used (--sandbox).</summary>
internal enum SandboxMode
{
    /// <summary>None of it.</summary>
    Off,

    /// <summary>No privileges, and only the system calls that the device needs.</summary>
    Seccomp,

    /// <summary>No paths either, but those of the command line (Landlock).</summary>
    Full,
}
