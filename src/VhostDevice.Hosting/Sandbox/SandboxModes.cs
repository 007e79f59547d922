// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Hosting.Sandbox;

/// <summary>The words for <see cref="SandboxMode"/>.</summary>
internal static class SandboxModes
{
    /// <param name="word">One of the three.</param>
    internal static SandboxMode Parse(string word) => word switch
    {
        "off" => SandboxMode.Off,
        "seccomp" => SandboxMode.Seccomp,
        _ => SandboxMode.Full,
    };
}
