// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using VhostDevice.Devices.Boards.Recording;
using VhostDevice.Devices.Boards.Wiring;
using VhostDevice.Linux.Sandbox;

namespace VhostDevice.Devices.Boards;

/// <summary>
/// A board that is made of software: ports (buses and chips), which devices give to guests, and parts, which sit on the
/// buses and are wired to each other.
/// </summary>
/// <remarks>
/// One rule makes it safe for several loops, a control socket and a user's own threads: <see cref="Gate"/>. Whoever
/// touches parts or pins holds it; a bus holds it for one transaction, a chip for one access to a line. Nothing that
/// holds it waits for anything, so it is hardly ever contended, and one lock cannot be taken in the wrong order.
/// A board is built by one thread, before anybody uses it. It knows no bus by name: what is special about one is said by
/// its <see cref="BoardPort"/>, its parts, its <see cref="TraceSource"/> and, for board files, its
/// <see cref="Files.PortKind"/>.
/// </remarks>
public sealed class Board : IDisposable
{
    private readonly List<BoardPort> _ports = [];
    private readonly List<BoardPart> _parts = [];
    private readonly List<TraceSource> _traceSources = [];
    private readonly List<Action> _begins = [];
    private readonly List<CallRule> _calls = [];

    /// <param name="time">What clocks and timers go by; null: the system's.</param>
    /// <param name="log">Told of what is wrong with the board while it works.</param>
    public Board(string name, TimeProvider? time = null, ILogger? log = null)
    {
        Name = name;
        Time = time ?? TimeProvider.System;
        Log = log ?? NullLogger.Instance;
        Nets = new NetList(this, Log);
    }

    /// <summary>A part's parameter has another value. Raised under <see cref="Gate"/>, so handlers only pass it on.</summary>
    public event Action<BoardPart, BoardParameter>? ParameterChanged;

    /// <summary><see cref="Recorder"/> was set.</summary>
    internal event Action? RecorderChanged;

    public string Name { get; }

    public TimeProvider Time { get; }

    /// <summary>Held by whoever touches parts or pins; it may be taken again by the thread that has it.</summary>
    public Lock Gate { get; } = new();

    /// <summary>Told of what is wrong with the board while it works.</summary>
    internal ILogger Log { get; }

    /// <summary>What guests get, each on a socket of its own, in the order in which they were made.</summary>
    public IReadOnlyList<BoardPort> Ports => _ports;

    public IReadOnlyList<BoardPart> Parts => _parts;

    /// <summary>What is connected to what.</summary>
    public NetList Nets { get; }

    /// <summary>What leaves records of its own in a recording.</summary>
    public IReadOnlyList<TraceSource> TraceSources => _traceSources;

    /// <summary>Takes down what happens; null for nobody. Set it before guests come; the board disposes it at its end.</summary>
    public BoardRecorder? Recorder
    {
        get;
        set
        {
            field = value;
            RecorderChanged?.Invoke();
        }
    }

    /// <summary>The verbs that people may use on this board even where no part has them, so that they hear of the missing
    /// part and not of a missing word.</summary>
    internal IReadOnlyList<PartVerb> KnownVerbs { get; set; } = [];

    /// <summary>The port of that name; null when there is none.</summary>
    public BoardPort? FindPort(string name) => _ports.Find(p => p.Name == name);

    /// <summary>The ports that are of one kind, in their order.</summary>
    public IReadOnlyList<T> PortsOf<T>()
        where T : BoardPort => [.. _ports.OfType<T>()];

    /// <summary>The part of that name (<c>temp0</c>) or of that model and address (<c>lm75@48</c>); null when there is none.</summary>
    public BoardPart? Find(string name) =>
        _parts.FirstOrDefault(p => p.Name == name) ?? _parts.FirstOrDefault(p => p.Answers(name));

    /// <summary>A parameter by its part's name and its own, <c>temp0.temperature</c>; null when there is none.</summary>
    public BoardParameter? FindParameter(string name)
    {
        int dot = name.LastIndexOf('.');
        return dot < 0 ? null : Find(name[..dot])?.Parameters.FirstOrDefault(p => p.Name == name[(dot + 1)..]);
    }

    /// <summary>A part's pin (<c>expander0.p3</c>), the only pin of a part (<c>button0</c>), or a port's pin, such as a line
    /// of a chip by number or name (<c>gpio0.4</c>); null when there is none.</summary>
    public Pin? FindPin(string name)
    {
        foreach (BoardPort port in _ports)
        {
            if (port.HasPins && name.StartsWith(port.Name + ".", StringComparison.Ordinal))
                return port.FindPin(name[(port.Name.Length + 1)..]);
        }

        if (Find(name) is { Pins.Count: 1 } single)
            return single.Pins[0];
        int dot = name.LastIndexOf('.');
        return dot < 0 ? null : Find(name[..dot])?.Pins.FirstOrDefault(p => p.Name == name[(dot + 1)..]);
    }

    /// <summary>Starts what has threads of its own, once: before guests come, and inside of a sandbox if there is one.</summary>
    public void Begin()
    {
        foreach (Action begin in _begins)
            begin();
        _begins.Clear();
    }

    public void Dispose()
    {
        lock (Gate)
        {
            foreach (BoardPort port in _ports)
                port.End();
            foreach (BoardPart part in _parts)
                part.Dispose();
        }

        Recorder?.Dispose();
        Recorder = null;
    }

    /// <summary>System calls that what is on it makes while the board is served, beyond those that all devices make.</summary>
    internal IReadOnlyList<CallRule> Calls => _calls;

    /// <summary>Adds to <see cref="Calls"/>.</summary>
    internal void NeedsCalls(IReadOnlyList<CallRule> calls) => _calls.AddRange(calls);

    /// <summary>Has something done by <see cref="Begin"/>.</summary>
    internal void WhenBegun(Action begin) => _begins.Add(begin);

    internal void Add(BoardPort port) => _ports.Add(port);

    internal void Add(BoardPart part) => _parts.Add(part);

    /// <returns>Its place in <see cref="TraceSources"/>.</returns>
    internal int Add(TraceSource source)
    {
        _traceSources.Add(source);
        return _traceSources.Count - 1;
    }

    /// <summary>A parameter has another value, which a recording has in another form.</summary>
    internal void Announce(BoardPart part, BoardParameter parameter) => ParameterChanged?.Invoke(part, parameter);

    internal void OnChanged(BoardPart part, BoardParameter parameter)
    {
        ParameterChanged?.Invoke(part, parameter);
        Recorder?.Parameter(part, parameter);
    }
}
