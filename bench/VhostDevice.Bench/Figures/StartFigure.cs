// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;
using VhostDevice.Bench.BackEnds;
using VhostDevice.Bench.Measuring;
using VhostDevice.Bench.Processes;

namespace VhostDevice.Bench.Figures;

/// <summary>How long a back-end takes from its start until it listens, beside the start and end of a program that does nothing.</summary>
internal sealed class StartFigure(Launch daemon, Launch? peer, string directory, int[] cpus) : IFigure
{
    private const double TargetNanoseconds = 5e6;
    private readonly List<Round> _rounds = [];

    public string Key => "start";

    public int MaxRounds => int.MaxValue;

    public void MeasureOnce(int round)
    {
        Cpus.PinThread(cpus);
        _rounds.Add(new Round(Second(StartNothing), Second(() => Start(daemon)), peer is null ? 0 : Second(() => Start(peer))));
    }

    public IEnumerable<Row> Rows()
    {
        double ours = Median.Of(_rounds.Select(r => r.Ours));
        yield return new Row(
            "start to listening",
            Format.Milliseconds(ours),
            $"{Format.Milliseconds(Median.Of(_rounds.Select(r => r.Nothing)))} true(1), start to end",
            Format.Number(Median.OfRatios(_rounds, r => r.Ours, r => r.Nothing)),
            "< 5 ms",
            ours < TargetNanoseconds,
            peer is null ? "" : Format.Milliseconds(Median.Of(_rounds.Select(r => r.Theirs))),
            peer is null ? "" : Format.Number(Median.OfRatios(_rounds, r => r.Ours, r => r.Theirs)));
    }

    public IEnumerable<string[]> Details() => [];

    public void Dispose()
    {
    }

    // The first start after something else measures how cold the caches are.
    private static double Second(Func<double> start)
    {
        _ = start();
        return start();
    }

    private double Start(Launch launch)
    {
        using BackEnd backEnd = BackEnd.Start(launch, directory);
        return backEnd.StartTime.TotalNanoseconds;
    }

    private static double StartNothing()
    {
        using ChildProcess nothing = ChildProcess.Start(["/bin/true"], [], "/dev/null");
        nothing.Wait();
        return Stopwatch.GetElapsedTime(nothing.StartTicks).TotalNanoseconds;
    }

    private readonly record struct Round(double Nothing, double Ours, double Theirs);
}
