// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Bench.BackEnds;
using VhostDevice.Bench.Load;
using VhostDevice.Bench.Measuring;
using VhostDevice.Bench.Processes;

namespace VhostDevice.Bench.Figures;

/// <summary>What an idle back-end holds: a second after its start, and a second after its first guest left.</summary>
internal sealed class MemoryFigure(Launch daemon, Launch? peer, string directory, int[] cpus) : IFigure
{
    // Of all devices in one program.
    private const double TargetBytes = 2.5e6;
    private static readonly TimeSpan s_rest = TimeSpan.FromSeconds(1);
    private readonly List<(Uses Ours, Uses Theirs)> _rounds = [];

    public string Key => "memory";

    public int MaxRounds => 3;

    public void MeasureOnce(int round)
    {
        Cpus.PinThread(cpus);
        Uses ours = Measure(daemon);
        _rounds.Add((ours, peer is null ? default : Measure(peer)));
    }

    public IEnumerable<Row> Rows() => [RowOf("private memory, after the start", u => u.Fresh), RowOf("private memory, after a guest", u => u.Used)];

    public IEnumerable<string[]> Details() => [];

    public void Dispose()
    {
    }

    private Row RowOf(string title, Func<Uses, MemoryUse> of)
    {
        double Middle(Func<MemoryUse, long> kind) => 1024 * Median.Of(_rounds.Select(r => (double)kind(of(r.Ours))));
        double ours = Middle(m => m.Anonymous);
        return new Row(
            title,
            Format.Megabytes(ours),
            $"{Format.Megabytes(Middle(m => m.Proportional))} Pss, {Format.Megabytes(Middle(m => m.Resident))} RSS",
            "",
            "< 2.5 MB",
            ours < TargetBytes,
            peer is null ? "" : Format.Megabytes(1024 * Median.Of(_rounds.Select(r => (double)of(r.Theirs).Anonymous))),
            peer is null ? "" : Format.Number(Median.OfRatios(_rounds, r => of(r.Ours).Resident, r => of(r.Theirs).Anonymous)));
    }

    private Uses Measure(Launch launch)
    {
        using BackEnd backEnd = BackEnd.Start(launch, directory);
        Thread.Sleep(s_rest);
        MemoryUse fresh = MemoryUse.Of(backEnd.Pid);
        _ = LoadGenerator.Run(backEnd, new LoadOptions { Depth = 16, MaxRequests = 10_000 });
        Thread.Sleep(s_rest);
        return new Uses(fresh, MemoryUse.Of(backEnd.Pid));
    }

    private readonly record struct Uses(MemoryUse Fresh, MemoryUse Used);
}
