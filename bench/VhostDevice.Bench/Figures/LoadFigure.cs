// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Bench.BackEnds;
using VhostDevice.Bench.Load;
using VhostDevice.Bench.Measuring;

namespace VhostDevice.Bench.Figures;

/// <summary>A load on one or two back-ends in turns, beside its limit.</summary>
internal sealed class LoadFigure : IFigure
{
    private readonly List<Round> _rounds = [];

    public required string Key { get; init; }

    internal required string Title { get; init; }

    /// <summary>Puts the load on a back-end once.</summary>
    internal required Func<BackEnd, LoadResult> Load { get; init; }

    /// <summary>What of ours is measured, behind its name; empty where it goes without saying.</summary>
    internal string Variant { get; init; } = "";

    internal required Place Place { get; init; }

    /// <summary>The figure out of a run, in the limit's unit.</summary>
    internal required Func<LoadResult, double> Value { get; init; }

    internal required Func<double, string> Unit { get; init; }

    internal required Limit Limit { get; init; }

    internal required BackEnd Daemon { get; init; }

    internal BackEnd? Peer { get; init; }

    /// <summary>What the peer is given; null: the same.</summary>
    internal Func<BackEnd, LoadResult>? PeerLoad { get; init; }

    /// <summary>Further figures out of the same runs.</summary>
    internal IReadOnlyList<Reading> Readings { get; init; } = [];

    internal string Target { get; init; } = "";

    /// <summary>Whether figure and ratio to the limit are what they ought to be.</summary>
    internal Func<double, double, bool>? IsReached { get; init; }

    internal TimeSpan LimitTime { get; init; } = TimeSpan.FromMilliseconds(60);

    public int MaxRounds => int.MaxValue;

    public void MeasureOnce(int round)
    {
        LoadResult ours = default, theirs = default;
        // A B, B A, A B, … so that a drift favours nobody; a disk also remembers what was just done to it.
        bool turned = round % 2 == 1;
        double limit = turned ? 0 : Limit.Measure(LimitTime);
        bool peerFirst = Peer is not null && turned;
        if (peerFirst)
            theirs = Measure(Peer!, PeerLoad ?? Load);
        ours = Measure(Daemon, Load);
        if (Peer is not null && !peerFirst)
            theirs = Measure(Peer, PeerLoad ?? Load);
        if (turned)
            limit = Limit.Measure(LimitTime);
        _rounds.Add(new Round(limit, ours, theirs));
    }

    public IEnumerable<Row> Rows()
    {
        double ours = Median.Of(_rounds.Select(r => Value(r.Ours)));
        double ratio = Median.OfRatios(_rounds, r => Value(r.Ours), r => r.Limit);
        yield return new Row(
            $"{Title} [{Place.Name}]",
            Unit(ours),
            $"{Unit(Median.Of(_rounds.Select(r => r.Limit)))} {Limit.Name}",
            Format.Number(ratio),
            Target,
            IsReached?.Invoke(ours, ratio),
            OfPeer(Value, Unit),
            RatioToPeer(Value));
        foreach (Reading reading in Readings)
        {
            yield return new Row(
                $"  {reading.Title}",
                reading.Unit(Median.Of(_rounds.Select(r => reading.Value(r.Ours)))),
                Peer: OfPeer(reading.Value, reading.Unit),
                PeerRatio: RatioToPeer(reading.Value));
        }
    }

    public IEnumerable<string[]> Details()
    {
        yield return DetailsOf(Daemon.Name + Variant, r => r.Ours);
        if (Peer is not null)
            yield return DetailsOf(Peer.Name, r => r.Theirs);
    }

    public void Dispose() => Limit.Dispose();

    private LoadResult Measure(BackEnd backEnd, Func<BackEnd, LoadResult> load)
    {
        Place.Take(backEnd);
        return load(backEnd);
    }

    private string OfPeer(Func<LoadResult, double> value, Func<double, string> unit) =>
        Peer is null ? "" : unit(Median.Of(_rounds.Select(r => value(r.Theirs))));

    private string RatioToPeer(Func<LoadResult, double> value) =>
        Peer is null ? "" : Format.Number(Median.OfRatios(_rounds, r => value(r.Ours), r => value(r.Theirs)));

    private string[] DetailsOf(string name, Func<Round, LoadResult> of)
    {
        double Middle(Func<LoadResult, double> value) => Median.Of(_rounds.Select(r => value(of(r))));
        return
        [
            Key,
            name,
            Format.Count(Middle(r => r.RequestsPerSecond)),
            Format.Number(Middle(r => r.BytesPerSecond) / 1e6),
            Format.Number(Middle(r => r.P50) / 1000),
            Format.Number(Middle(r => r.P99) / 1000),
            Format.Number(Middle(r => r.P999) / 1000),
            Format.Number(Middle(r => r.DaemonCpu) / 1000),
            Format.Number(Middle(r => r.GeneratorCpu) / 1000),
            Format.Number(Middle(r => r.KicksPerRequest)),
            Format.Number(Middle(r => r.InterruptsPerRequest)),
        ];
    }

    private readonly record struct Round(double Limit, LoadResult Ours, LoadResult Theirs);
}
