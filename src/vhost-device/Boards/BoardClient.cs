// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Hosting.Control;

namespace VhostDevice.Program.Boards;

/// <summary>The other end of a board's control socket.</summary>
internal static class BoardClient
{
    /// <summary>Where the socket is, unless an option says.</summary>
    internal const string Variable = "VHOST_DEVICE_BOARD";

    private const string DefaultName = "vhost-device-board.sock";

    /// <summary>The socket that is asked when nothing names one.</summary>
    internal static string DefaultPath =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named ? named
        : Path.Combine(Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is { Length: > 0 } own ? own : "/tmp", DefaultName);

    /// <inheritdoc cref="ControlClient.Ask"/>
    internal static int Ask(string path, string request, bool stay, Action<string> write) =>
        ControlClient.Ask("board", path, request, stay, write, $" or {Variable}");
}
