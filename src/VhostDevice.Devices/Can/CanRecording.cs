// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards;
using VhostDevice.Devices.Boards.Can.Logs;
using VhostDevice.Devices.Boards.Recording;
using VhostDevice.Hosting.CommandLine;
using VhostDevice.Hosting.Kinds;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Can;

/// <summary>Recordings of CAN buses that are on no board.</summary>
internal sealed class CanRecording
{
    private const ulong MaxMebibytes = 1 << 20;

    private static readonly TextSetting s_files = new(
        "--record", null, "FILE[,FILE]",
        "Record the frames of all buses, as candump, Vector and Wireshark know them (.log, .asc, .pcap or .pcapng), and as text elsewhere; "
        + "a comma between several files");

    private static readonly NumberSetting s_limit = new(
        "--record-limit", null, "MIB", "MiB in each of the two files that a recording alternates between",
        from: 1, to: MaxMebibytes, byDefault: 64, NumberUnit.Mebibytes);

    private readonly Board? _board;

    private CanRecording(Board? board) => _board = board;

    internal static IReadOnlyList<Setting> Settings { get; } = [s_files, s_limit];

    /// <summary>Opens the files that the command line names; recording begins with the daemon.</summary>
    /// <exception cref="Hosting.StartupException">They cannot be written.</exception>
    internal static CanRecording Open(Opening at)
    {
        if (at[s_files] is not { } files)
            return new CanRecording(null);
        // What is opened last ends first: the board ends its recording, and with it the files, which ended twice are ended once.
        List<ITrace> traces = [];
        foreach (string path in files.Split(',', StringSplitOptions.RemoveEmptyEntries))
            traces.Add(at.Owns(TraceFiles.Open(path, (long)at[s_limit] << 20, CanTraces.Formats)));
        Board board = at.Owns(new Board("can", log: at.Log));
        at.Begin(() => board.Recorder = new BoardRecorder(board, traces));
        return new CanRecording(board);
    }

    /// <summary>Takes down frames of a bus, from any thread; null when nothing is recorded.</summary>
    internal Action<CanFrame>? Of(string bus)
    {
        if (_board is not { } board)
            return null;
        CanTrace trace = new(board, bus);
        return frame =>
        {
            lock (board.Gate)
            {
                if (trace.IsRecording)
                    trace.Add(frame);
            }
        };
    }
}
