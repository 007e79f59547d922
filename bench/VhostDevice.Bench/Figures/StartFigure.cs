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
        double nothing = Second(StartNothing);
        Times ours = Second(() => Start(daemon, byConnecting: false));
        _rounds.Add(peer is null ? new Round(nothing, ours, default, default) : Pair(nothing, ours, peer, peerFirst: round % 2 == 1));
    }

    public IEnumerable<Row> Rows()
    {
        double ours = Median.Of(_rounds.Select(r => r.Ours.Time));
        yield return RowOf("start to listening", t => t.Time) with
        {
            Limit = $"{Format.Milliseconds(Median.Of(_rounds.Select(r => r.Nothing)))} true(1), start to end",
            Ratio = Format.Number(Median.OfRatios(_rounds, r => r.Ours.Time, r => r.Nothing)),
            Target = "< 5 ms",
            Reached = ours < TargetNanoseconds,
        };
        yield return RowOf("start to listening, CPU time", t => t.Cpu);
    }

    public IEnumerable<string[]> Details() => [];

    public void Dispose()
    {
    }

    private Row RowOf(string title, Func<Times, double> of) => new(
        title,
        Format.Milliseconds(Median.Of(_rounds.Select(r => of(r.Ours)))),
        Peer: peer is null ? "" : Format.Milliseconds(Median.Of(_rounds.Select(r => of(r.Theirs)))),
        PeerRatio: peer is null ? "" : Format.Number(Median.OfRatios(_rounds, r => of(r.OursLikeTheirs), r => of(r.Theirs))));

    // Not every back-end says when it is ready. Of two, both are asked until they answer, which takes longer than to be
    // told: ratio and peer's time come from that, ours from the message.
    private Round Pair(double nothing, Times ours, Launch other, bool peerFirst)
    {
        Launch[] order = peerFirst ? [other, daemon] : [daemon, other];
        Times first = Second(() => Start(order[0], byConnecting: true));
        Times second = Second(() => Start(order[1], byConnecting: true));
        return peerFirst ? new Round(nothing, ours, second, first) : new Round(nothing, ours, first, second);
    }

    // The first start after something else measures how cold the caches are.
    private static T Second<T>(Func<T> start)
    {
        _ = start();
        return start();
    }

    private Times Start(Launch launch, bool byConnecting)
    {
        using BackEnd backEnd = BackEnd.Start(launch, directory, byConnecting: byConnecting);
        return new Times(backEnd.StartTime.TotalNanoseconds, backEnd.StartCpu);
    }

    private static double StartNothing()
    {
        using ChildProcess nothing = ChildProcess.Start(["/bin/true"], [], "/dev/null");
        nothing.Wait();
        return Stopwatch.GetElapsedTime(nothing.StartTicks).TotalNanoseconds;
    }

    private readonly record struct Times(double Time, double Cpu);

    private readonly record struct Round(double Nothing, Times Ours, Times OursLikeTheirs, Times Theirs);
}
