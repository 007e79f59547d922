// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards;
using VhostDevice.Devices.Boards.Recording;
using VhostDevice.Linux;
using Xunit;

namespace VhostDevice.Devices.Tests.Boards;

/// <summary>A board whose time stands still until a test lets it pass, and a folder for recordings of it.</summary>
internal sealed class RecordedBoard : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

    internal RecordedBoard() => Board = new Board("test", Time);

    internal ManualTime Time { get; } = new();

    internal Board Board { get; }

    /// <summary>Records from now on, once the board is wired, until it is disposed.</summary>
    /// <param name="name">Ends with .vcd for waves, with .txt for text.</param>
    /// <returns>The file's path.</returns>
    internal string Record(string name, long limit = 1 << 20, Func<TraceFile, ITrace>? make = null)
    {
        string path = Path.Combine(_folder.FullName, name);
        Assert.Equal(Errno.Success, TraceFile.Create(path, limit, out TraceFile? file));
        make ??= f => name.EndsWith(".vcd", StringComparison.Ordinal) ? new VcdTrace(f) : new TextTrace(f);
        Board.Recorder = new BoardRecorder(Board, [make(file!)]);
        return path;
    }

    /// <summary>A path in the folder.</summary>
    internal string At(string name) => Path.Combine(_folder.FullName, name);

    /// <summary>Ends the recording.</summary>
    internal string[] LinesOf(string path)
    {
        Board.Dispose();
        return File.ReadAllLines(path);
    }

    public void Dispose()
    {
        Board.Dispose();
        _folder.Delete(recursive: true);
    }
}
