// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers;
using System.Globalization;

namespace VhostDevice.Bench.BackEnds;

/// <summary>How a back-end comes to be: a command to start, or a socket that somebody serves already.</summary>
/// <param name="Name">For the tables.</param>
/// <param name="Program">The file that is started, for its size; null when it is not known.</param>
/// <param name="Socket">A socket that is served already; otherwise null.</param>
/// <param name="Notifies">Says READY=1 to NOTIFY_SOCKET.</param>
/// <param name="CanPoll">Can be started with busy polling.</param>
internal sealed record Launch(string Name, string? Program, string? Socket, bool Notifies, bool CanPoll)
{
    private const string PathPlace = "{}";
    private const string PollPlace = "{poll}";

    private static readonly SearchValues<char> s_shellCharacters = SearchValues.Create("\"'\\$`|&;<>()*?[]~#!\n");

    private Func<string, int, string[]>? _command;

    /// <summary>Our daemon as rng.</summary>
    internal static Launch OfDaemon(string program, string[] more) =>
        OfDaemon(program, canPoll: true, (path, pollUs) =>
        [
            "rng", "--socket-path", path, "--log-level", "warn", .. more,
            .. pollUs > 0 ? (string[])["--poll-us", Number(pollUs)] : [],
        ]);

    /// <summary>Our daemon as vsock of the guest that the benchmark plays, with the hybrid socket that the load knows.</summary>
    internal static Launch OfVsock(string program, string[] more) =>
        OfDaemon(
            program,
            canPoll: false,
            (path, _) =>
                [
                    "vsock", "--guest-cid", "3", "--socket", path, "--uds-path", path + ".uds", "--log-level", "warn",
                    .. more,
                ]);

    /// <summary>Our daemon as scsi.</summary>
    internal static Launch OfScsi(string program, string[] more) =>
        OfDaemon(program, canPoll: false, (path, _) => ["scsi", "--socket-path", path, "--log-level", "warn", .. more]);

    /// <summary>Our daemon as a device of the built-in board.</summary>
    internal static Launch OfBoard(string program, string device, string[] more) =>
        OfDaemon(program, canPoll: false, (path, _) => [device, "--socket-path", path, "--board", "demo", "--log-level", "warn", .. more]);

    /// <summary>Our daemon as can: two places on a simulated bus.</summary>
    internal static Launch OfCan(string program, string[] more) =>
        OfDaemon(program, canPoll: false, (path, _) => ["can", "--socket-path", path, "--simulate", "a:a", "--log-level", "warn", .. more]);

    /// <summary>Our daemon as rtc.</summary>
    internal static Launch OfRtc(string program, string[] more) =>
        OfDaemon(program, canPoll: false, (path, _) => ["rtc", "--socket-path", path, "--log-level", "warn", .. more]);

    /// <summary>Our daemon as scmi, with the first temperature of a hardware monitor.</summary>
    internal static Launch OfScmi(string program, string monitor) => OfDaemon(
        program,
        canPoll: false,
        (path, _) => ["scmi", "--socket-path", path, "--device", $"hwmon,path={monitor},channel=temp1", "--log-level", "warn"]);

    /// <summary>Our daemon as console: one port, a Unix socket beside the other.</summary>
    internal static Launch OfConsole(string program, string[] more) =>
        OfDaemon(
            program,
            canPoll: false,
            (path, _) => ["console", "--socket-path", path, "--port", $"backend=unix:{path}.host", "--log-level", "warn", .. more]);

    /// <summary>Whoever serves a socket already.</summary>
    internal static Launch OfSocket(string path) => File.Exists(path)
        ? new Launch("back-end", null, path, Notifies: false, CanPoll: false)
        : throw new BenchException($"{path} does not exist: start a back-end there first");

    /// <summary>
    /// Anything else: a socket, or a command in which <c>{}</c> stands for the socket's path and
    /// <c>{poll}</c> for what makes it poll, as vhost-device has it.
    /// </summary>
    internal static Launch OfPeer(string socketOrCommand)
    {
        if (File.Exists(socketOrCommand))
            return OfSocket(socketOrCommand);
        if (!socketOrCommand.Contains(PathPlace, StringComparison.Ordinal))
            throw new BenchException(
                $"--peer '{socketOrCommand}' is no socket, and as a command it lacks {PathPlace} in the place of the socket's path");
        string program = socketOrCommand.Split(' ')[0];
        return new Launch(
            "peer",
            File.Exists(program) ? program : null,
            null,
            Notifies: false,
            socketOrCommand.Contains(PollPlace, StringComparison.Ordinal))
        {
            _command = (path, pollUs) => Words(socketOrCommand
                .Replace(PollPlace, pollUs > 0 ? $"--poll-us {pollUs}" : "", StringComparison.Ordinal)
                .Replace(PathPlace, path, StringComparison.Ordinal)),
        };
    }

    /// <param name="path">Where to listen; the back-end may append a number.</param>
    /// <param name="pollUs">Microseconds of busy polling; 0 for none.</param>
    internal string[] Command(string path, int pollUs) => _command!(path, pollUs);

    private static Launch OfDaemon(string program, bool canPoll, Func<string, int, string[]> arguments) => File.Exists(program)
        ? new Launch("vhost-device", program, null, Notifies: true, CanPoll: canPoll)
        {
            _command = (path, pollUs) => [program, .. arguments(path, pollUs)],
        }
        : throw new BenchException($"{program} does not exist: build it, or give another --daemon");

    // A shell on the way would count as start time, so only what needs one gets one.
    private static string[] Words(string command) => command.AsSpan().ContainsAny(s_shellCharacters)
        ? ["/bin/sh", "-c", "exec " + command]
        : command.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static string Number(int n) => n.ToString(CultureInfo.InvariantCulture);
}
