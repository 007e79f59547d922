// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Console.Ends;

/// <summary>A program that was started for the port; the port is closed once it has ended.</summary>
internal sealed class ProgramEnd(string command, OwnedFd socket) : StreamEnd
{
    public override string Description => "exec:" + command;

    protected override void OnStart() => _ = Begin(socket);
}
