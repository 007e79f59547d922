// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Bench.BackEnds;
using VhostDevice.Bench.Processes;

namespace VhostDevice.Bench.Figures;

/// <summary>Some figures: makes them, measures them in turns, and shows them.</summary>
internal abstract class Suite : IDisposable
{
    private readonly IDisposable _directoryEnd;
    private readonly List<BackEnd> _backEnds = [];
    private readonly List<IFigure> _figures = [];

    private protected Suite(SuiteOptions options)
    {
        Options = options;
        Folder = Directory.CreateTempSubdirectory("vhost-bench-").FullName;
        Guard.Watch(Folder);
        _directoryEnd = AtExit.Do(() => Directory.Delete(Folder, recursive: true));
        OneCpu = new Place("1 CPU", options.GeneratorCpu, options.GeneratorCpu);
        TwoCpus = options.DaemonCpu is { } other ? new Place("2 CPUs", options.GeneratorCpu, other) : null;
    }

    private protected SuiteOptions Options { get; }

    /// <summary>For sockets, logs and images of the run.</summary>
    private protected string Folder { get; }

    /// <summary>Generator and back-end on the same CPU.</summary>
    private protected Place OneCpu { get; }

    /// <summary>Each on its own; null when there is only one.</summary>
    private protected Place? TwoCpus { get; }

    internal void Run(TextWriter output)
    {
        try
        {
            AddFigures();
            for (int round = 0; round < Options.Rounds; round++)
            {
                ShowProgress($"round {round + 1} of {Options.Rounds}");
                foreach (IFigure figure in _figures.Where(f => round < f.MaxRounds))
                    figure.MeasureOnce(round);
            }

            ShowProgress("");
            Print(output);
        }
        finally
        {
            Cpus.PinThread(Options.AllCpus);
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

    /// <summary>Makes the figures, in the order in which they are shown.</summary>
    private protected abstract void AddFigures();

    private protected BackEnd Start(Launch launch, int pollUs = 0)
    {
        BackEnd started = BackEnd.Start(launch, Folder, pollUs);
        _backEnds.Add(started);
        return started;
    }

    private protected bool Wants(params ReadOnlySpan<string> keys)
    {
        foreach (string key in keys)
        {
            if (Options.Only.Count == 0 || Options.Only.Contains(key))
                return true;
        }

        return false;
    }

    private protected void Add(string key, Func<IFigure> make)
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
            figures.Add(
                row.Title,
                row.Measured,
                row.Limit,
                row.Ratio,
                row.Target,
                row.Reached switch { true => "reached", false => "MISSED", _ => "" },
                row.Peer,
                row.PeerRatio);
        figures.Print(output);

        Table details = new(
            "load",
            "back-end",
            "requests/s",
            "MB/s",
            "p50 µs",
            "p99 µs",
            "p99.9 µs",
            "daemon µs/req",
            "generator µs/req",
            "kicks/req",
            "interrupts/req");
        foreach (string[] line in _figures.SelectMany(f => f.Details()))
            details.Add(line);
        if (!details.IsEmpty)
            output.WriteLine();
        details.Print(output);
    }
}
