// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Bench.BackEnds;

namespace VhostDevice.Bench.Figures;

/// <summary>The size of the program's file.</summary>
internal sealed class SizeFigure(Launch daemon, Launch? peer) : IFigure
{
    private const double TargetBytes = 8e6;

    public string Key => "size";

    public int MaxRounds => 0;

    public void MeasureOnce(int round)
    {
    }

    public IEnumerable<Row> Rows()
    {
        double ours = new FileInfo(daemon.Program!).Length;
        double? theirs = peer?.Program is { } program ? new FileInfo(program).Length : null;
        yield return new Row(
            "binary",
            Format.Megabytes(ours),
            Target: "< 8 MB, all devices",
            Reached: ours < TargetBytes,
            Peer: theirs is { } t ? Format.Megabytes(t) : "",
            PeerRatio: theirs is { } u ? Format.Number(ours / u) : "");
    }

    public IEnumerable<string[]> Details() => [];

    public void Dispose()
    {
    }
}
