// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Manual;

/// <summary>What the pages of all devices say alike.</summary>
internal static class Common
{
    internal static IReadOnlyList<(string Name, string Text)> Environment { get; } =
    [
        ("RUST_LOG", "The least severe messages to show, or levels for single devices, as in vhost_device_rng=debug; --log-level goes before it."),
        ("LISTEN_FDS, LISTEN_PID", "Sockets that systemd passes on; the daemon serves them instead of listening itself."),
        ("NOTIFY_SOCKET", "Where the daemon says that it is ready, and what it does."),
    ];

    internal static IReadOnlyList<(string Status, string Text)> DaemonStatus { get; } =
    [
        ("0", "A signal has ended the daemon, and its sockets are removed."),
        ("1", "Something went wrong: a file is missing or cannot be read, a permission is lacking, the socket is in use."),
        ("2", "The command line is wrong, or what a file says that it names."),
    ];

    internal static IReadOnlyList<(string Status, string Text)> ToolStatus { get; } =
    [
        ("0", "It is done."),
        ("1", "It could not be done; a line says why."),
        ("2", "The command line is wrong."),
    ];

    internal static IReadOnlyList<(string Signal, string Text)> Signals { get; } =
    [
        ("SIGTERM", "SIGINT, SIGQUIT and SIGHUP, too, end the daemon."),
        ("SIGUSR1", "The log gets a page with the state of sockets and rings."),
    ];
}
