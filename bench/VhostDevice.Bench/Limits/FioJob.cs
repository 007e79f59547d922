// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using VhostDevice.Bench.Processes;

namespace VhostDevice.Bench.Limits;

/// <summary>A run of fio(1): one process, io_uring, direct I/O, no guest in between.</summary>
/// <param name="Path">The file, which has all its blocks.</param>
/// <param name="Log">Where fio's output goes.</param>
/// <param name="Mode">fio's word: randread, randwrite, read.</param>
/// <param name="Size">Bytes per request.</param>
/// <param name="Depth">Requests in flight.</param>
/// <param name="Milliseconds">How long.</param>
internal sealed record FioJob(string Path, string Log, string Mode, int Size, int Depth, int Milliseconds)
{
    // Of fio's terse output, version 3.
    private const int ReadsPerSecond = 7;
    private const int WritesPerSecond = 48;

    internal string Name => $"{Mode} of {Figures.Format.Size(Size)}, depth {Depth}";

    /// <exception cref="BenchException">fio is not there, or failed.</exception>
    internal double RequestsPerSecond()
    {
        File.Delete(Log);
        string[] command =
        [
            "fio", "--name=limit", $"--filename={Path}", "--ioengine=io_uring", "--direct=1", $"--rw={Mode}", $"--bs={Size}", $"--iodepth={Depth}",
            $"--runtime={Milliseconds}ms", "--time_based", "--thread", "--output-format=terse", "--terse-version=3",
        ];
        using (ChildProcess fio = ChildProcess.Start(command, [], Log))
            fio.Wait();
        string said = File.ReadAllText(Log);
        string[] fields = (said.Split('\n').FirstOrDefault(l => l.StartsWith("3;", StringComparison.Ordinal)) ?? "").Split(';');
        int at = Mode.EndsWith("write", StringComparison.Ordinal) ? WritesPerSecond : ReadsPerSecond;
        return fields.Length > at && double.TryParse(fields[at], NumberStyles.Float, CultureInfo.InvariantCulture, out double rate) && rate > 0
            ? rate
            : throw new BenchException($"fio did not say how fast it was, but: {said.Trim()}");
    }
}
