// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards.Control;
using VhostDevice.Devices.Boards.Files;
using VhostDevice.Devices.Boards.Recording;
using VhostDevice.Devices.Yaml;
using VhostDevice.Hosting;
using VhostDevice.Hosting.Kinds;

namespace VhostDevice.Devices.Boards.Serving;

/// <summary>A board in this process, with its recording and its control socket.</summary>
internal static class BoardHost
{
    /// <summary>Makes the board, and opens what is opened by name; threads come once the daemon begins.</summary>
    /// <param name="controlPath">Where to listen for commands; null: nowhere.</param>
    /// <param name="records">Files to record to.</param>
    /// <param name="recordLimit">Bytes in each of the two files that a recording consists of.</param>
    /// <exception cref="StartupException">It cannot be made.</exception>
    internal static Board Open(Opening at, string file, string? controlPath, IReadOnlyList<string> records, long recordLimit)
    {
        // What is opened last ends first: the board ends its recording, and with it the files, which ended twice are ended once.
        List<ITrace> traces = [];
        foreach (string path in records)
            traces.Add(at.Owns(TraceFiles.Open(path, recordLimit, BoardCatalogue.BuiltIn.Ports.SelectMany(static p => p.Traces))));
        Board board = at.Owns(Load(at, file));
        at.AllowCalls(board.Calls);
        if (traces.Count > 0)
            at.Begin(() => board.Recorder = new BoardRecorder(board, traces));
        at.Begin(board.Begin);
        if (controlPath is not null)
            at.Listen(controlPath, loop => new BoardControl(board, loop));
        return board;
    }

    private static Board Load(Opening at, string file)
    {
        try
        {
            return BoardFile.Load(file, log: at.Log);
        }
        catch (YamlFileException problem)
        {
            throw new StartupException(problem.Message, isUsage: !problem.IsUnreadable);
        }
    }
}
