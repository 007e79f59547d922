// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;
using System.Globalization;
using System.Text;
using VhostDevice.Devices.Boards.Can.Logs;
using VhostDevice.Hosting;
using VhostDevice.Hosting.CommandLine;
using VhostDevice.Hosting.Control;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Boards.Can;

/// <summary>
/// <c>vhost-device board replay</c>: plays a recording of CAN frames on a bus of a board that is served. The file is read here and
/// not by the daemon, which sees frames that are sent to it.
/// </summary>
/// <param name="socket">The setting that names the board's control socket.</param>
/// <param name="hint">Another way to name the socket, for messages.</param>
internal sealed class ReplayCommand(TextSetting socket, string hint) : Command
{
    private const double MaxSpeed = 1_000_000;

    private static readonly TextSetting s_speed = new(
        "--speed", null, "FACTOR", "How fast: 2 is twice as fast as recorded, 0 as fast as the bus takes frames", "1");

    private static readonly TextSetting s_channel = new(
        "--channel", null, "NAME", "Only the frames of this channel of the recording: a name, or a number in Vector's files");

    public override string Name => "replay";

    public override string Purpose => "Play a recording on a CAN bus: of candump -L, Vector (ASC), pcap or pcapng";

    public override IReadOnlyList<Setting> Settings => [socket, s_speed, s_channel];

    public override IReadOnlyList<Positional> Words =>
    [
        new("BUS", "The bus's name, as 'board list' prints it"),
        new("FILE", "The recording"),
    ];

    public override IReadOnlyList<string> Examples => ["body drive.log", "body drive.asc --channel 2 --speed 10"];

    public override string? Problem(Values values) =>
        TrySpeed(values[s_speed]!, out _) ? null : $"--speed {values[s_speed]} is not possible: 0 to {MaxSpeed}";

    public override int Run(Values values)
    {
        _ = TrySpeed(values[s_speed]!, out double speed);
        string bus = values.Words[0], file = values.Words[1];
        try
        {
            using FileStream stream = new(file, FileMode.Open, FileAccess.Read);
            using CanLogReader reader = CanLogReader.Open(stream, file);
            using ControlConnection board = ControlConnection.Open("board", values[socket]!, hint);
            StandardOutput.WriteLine($"{Play(reader, board, bus, speed, values[s_channel])} frames sent on {bus}");
            return 0;
        }
        catch (CanLogException problem)
        {
            throw new StartupException(problem.Message);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new StartupException($"{file} cannot be read: {WhyNot(file)}");
        }
    }

    // What the framework calls it is no text for people; the kernel's word is.
    private static string WhyNot(string file)
    {
        Errno errno = Linux.Files.Open(file, write: false, nonBlocking: true, out OwnedFd? fd);
        fd?.Dispose();
        return errno.IsError ? errno.Message : Directory.Exists(file) ? Errno.EISDIR.Message : "it is no ordinary file";
    }

    private static bool TrySpeed(string text, out double speed) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out speed) && speed <= MaxSpeed;

    private static long Play(CanLogReader reader, ControlConnection board, string bus, double speed, string? channel)
    {
        long began = Stopwatch.GetTimestamp(), first = -1, sent = 0;
        StringBuilder request = new();
        while (reader.TryRead(out CanLogEntry entry))
        {
            if (channel is not null && entry.Channel != channel)
                continue;
            if (first < 0)
                first = entry.Nanoseconds;
            if (speed > 0)
                WaitUntil(began, (entry.Nanoseconds - first) / speed);
            request.Clear().Append("send ").Append(bus).Append(' ');
            CanNotation.Print(entry.Frame, request);
            Send(board, request.ToString(), bus);
            sent++;
        }

        return sent;
    }

    // Recordings whose times go back are played without a pause there.
    private static void WaitUntil(long began, double nanoseconds)
    {
        double left = (nanoseconds / 1_000_000) - Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        while (left >= 1)
        {
            Thread.Sleep((int)Math.Min(left, int.MaxValue));
            left = (nanoseconds / 1_000_000) - Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        }
    }

    private static void Send(ControlConnection board, string request, string bus)
    {
        while (board.Ask(request) is { } refusal)
        {
            // A bus with a bit rate; a frame takes some tenths of a millisecond there.
            if (!refusal.StartsWith(bus + BoardCanBus.Busy, StringComparison.Ordinal))
                throw new StartupException(refusal);
            Thread.Sleep(1);
        }
    }
}
