// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Bench.BackEnds;
using VhostDevice.Bench.Limits;
using VhostDevice.Bench.Load;
using VhostDevice.Bench.Processes;

namespace VhostDevice.Bench.Figures;

/// <summary>All figures: makes them, measures them in turns, and shows them.</summary>
internal sealed class Suite : IDisposable
{
    private readonly SuiteOptions _options;
    private readonly string _directory;
    private readonly IDisposable _directoryEnd;
    private readonly List<BackEnd> _backEnds = [];
    private readonly List<IFigure> _figures = [];
    private readonly Place _oneCpu;
    private readonly Place? _twoCpus;

    internal Suite(SuiteOptions options)
    {
        _options = options;
        _directory = Directory.CreateTempSubdirectory("vhost-bench-").FullName;
        _directoryEnd = AtExit.Do(() => Directory.Delete(_directory, recursive: true));
        _oneCpu = new Place("1 CPU", options.GeneratorCpu, options.GeneratorCpu);
        _twoCpus = options.DaemonCpu is { } other ? new Place("2 CPUs", options.GeneratorCpu, other) : null;
    }

    internal void Run(TextWriter output)
    {
        try
        {
            AddLoads();
            AddTheRest();
            for (int round = 0; round < _options.Rounds; round++)
            {
                ShowProgress($"round {round + 1} of {_options.Rounds}");
                foreach (IFigure figure in _figures.Where(f => round < f.MaxRounds))
                    figure.MeasureOnce(round);
            }

            ShowProgress("");
            Print(output);
        }
        finally
        {
            Cpus.PinThread(_options.AllCpus);
        }
    }

    public void Dispose()
    {
        foreach (IFigure figure in _figures)
            figure.Dispose();
        foreach (BackEnd backEnd in _backEnds)
            backEnd.Dispose();
        _directoryEnd.Dispose();
    }

    private void AddLoads()
    {
        if (Wants("d1", "d64", "bulk", "d1-2cpu"))
        {
            BackEnd daemon = Start(_options.Daemon, 0);
            BackEnd? peer = _options.Peer is null ? null : Start(_options.Peer, 0);
            Add("d1", () => DepthOne("d1", _oneCpu, daemon, peer));
            Add("d64", () => new LoadFigure
            {
                Key = "d64",
                Title = "64 B, depth 64: daemon's CPU time per request",
                Options = Load(depth: 64, size: 64),
                Place = _oneCpu,
                Value = r => r.DaemonCpu,
                Unit = Format.Microseconds,
                Limit = new Limit.Entropy(64, 64, asRate: false, _oneCpu),
                Daemon = daemon,
                Peer = peer,
                Target = "≤ 0.35 µs",
                IsReached = (value, _) => value <= 350,
            });
            Add("bulk", () => new LoadFigure
            {
                Key = "bulk",
                Title = "4 KiB, depth 8: throughput",
                Options = Load(depth: 8, size: 4096),
                Place = _oneCpu,
                Value = r => r.BytesPerSecond,
                Unit = Format.Rate,
                Limit = new Limit.Entropy(4096, 8, asRate: true, _oneCpu),
                Daemon = daemon,
                Peer = peer,
            });
            if (_twoCpus is not null)
                Add("d1-2cpu", () => DepthOne("d1-2cpu", _twoCpus, daemon, peer));
        }

        if (Wants("poll") && _twoCpus is not null)
            Add("poll", () => Polling(_twoCpus));
        if (Wants("packed"))
            AddPacked(Start(_options.Daemon, 0));
    }

    // The same load on both layouts, in turns: the peer of a packed ring is the split one.
    private void AddPacked(BackEnd daemon)
    {
        AddPacked(daemon, "64 B, depth 1, interrupts: round trip", Load(depth: 1, size: 64), r => r.P50, Format.Microseconds, new Limit.RoundTrip(PingPongMode.Blocking, _oneCpu));
        AddPacked(daemon, "64 B, depth 64: daemon's CPU time per request", Load(depth: 64, size: 64), r => r.DaemonCpu, Format.Microseconds, new Limit.Entropy(64, 64, asRate: false, _oneCpu));
        AddPacked(daemon, "4 KiB, depth 8: throughput", Load(depth: 8, size: 4096), r => r.BytesPerSecond, Format.Rate, new Limit.Entropy(4096, 8, asRate: true, _oneCpu));
    }

    private void AddPacked(BackEnd daemon, string title, LoadOptions load, Func<LoadResult, double> value, Func<double, string> unit, Limit limit) =>
        Add("packed", () => new LoadFigure
        {
            Key = "packed",
            Title = $"packed, beside split: {title}",
            Options = load with { Packed = true },
            PeerOptions = load,
            Place = _oneCpu,
            Value = value,
            Unit = unit,
            Limit = limit,
            Daemon = daemon,
            Peer = daemon,
        });

    private void AddTheRest()
    {
        Add("memory", () => new MemoryFigure(_options.Daemon, Startable(_options.Peer), _directory, _options.AllCpus));
        Add("start", () => new StartFigure(_options.Daemon, Startable(_options.Peer), _directory, _options.AllCpus));
        Add("size", () => new SizeFigure(_options.Daemon, _options.Peer));
    }

    private LoadFigure DepthOne(string key, Place place, BackEnd daemon, BackEnd? peer) => new()
    {
        Key = key,
        Title = "64 B, depth 1, interrupts: round trip",
        Options = Load(depth: 1, size: 64),
        Place = place,
        Value = r => r.P50,
        Unit = Format.Microseconds,
        Limit = new Limit.RoundTrip(PingPongMode.Blocking, place),
        Daemon = daemon,
        Peer = peer,
        Target = place == _oneCpu ? "≤ 1.15 × limit" : "",
        IsReached = place == _oneCpu ? (_, ratio) => ratio <= 1.15 : null,
    };

    private LoadFigure Polling(Place place) => new()
    {
        Key = "poll",
        Title = "64 B, depth 1, busy polling: round trip",
        Options = Load(depth: 1, size: 64) with { Polls = true },
        Place = place,
        Value = r => r.P50,
        Unit = Format.Microseconds,
        Limit = new Limit.RoundTrip(PingPongMode.Spin, place),
        Daemon = Start(_options.Daemon, _options.PollMicroseconds),
        Peer = _options.Peer is { CanPoll: true } peer ? Start(peer, _options.PollMicroseconds) : null,
        Target = "< 3 µs",
        IsReached = (value, _) => value < 3000,
    };

    private LoadOptions Load(int depth, int size) => new() { Depth = depth, Size = size, Time = _options.Slice };

    private BackEnd Start(Launch launch, int pollUs)
    {
        BackEnd started = BackEnd.Start(launch, _directory, pollUs);
        _backEnds.Add(started);
        return started;
    }

    private static Launch? Startable(Launch? launch) => launch is { Socket: null } ? launch : null;

    private bool Wants(params ReadOnlySpan<string> keys)
    {
        foreach (string key in keys)
        {
            if (_options.Only.Count == 0 || _options.Only.Contains(key))
                return true;
        }

        return false;
    }

    private void Add(string key, Func<IFigure> make)
    {
        if (Wants(key))
            _figures.Add(make());
    }

    private static void ShowProgress(string text)
    {
        if (!Console.IsErrorRedirected)
            Console.Error.Write($"\r{text}\e[K");
    }

    private void Print(TextWriter output)
    {
        Table figures = new("figure", "measured", "limit of this run", "ratio", "target", "", "peer", "ratio");
        foreach (Row row in _figures.SelectMany(f => f.Rows()))
            figures.Add(row.Title, row.Measured, row.Limit, row.Ratio, row.Target, row.Reached switch { true => "reached", false => "MISSED", _ => "" }, row.Peer, row.PeerRatio);
        figures.Print(output);

        Table details = new("load", "back-end", "requests/s", "MB/s", "p50 µs", "p99 µs", "p99.9 µs", "daemon µs/req", "generator µs/req", "kicks/req", "interrupts/req");
        foreach (string[] line in _figures.SelectMany(f => f.Details()))
            details.Add(line);
        if (!details.IsEmpty)
            output.WriteLine();
        details.Print(output);
    }
}
