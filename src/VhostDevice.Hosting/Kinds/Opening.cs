// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Hosting.CommandLine;
using VhostDevice.Hosting.Control;
using VhostDevice.Hosting.Daemon;
using VhostDevice.Hosting.Logging;
using VhostDevice.Hosting.Metrics;
using VhostDevice.Hosting.Sandbox;
using VhostDevice.Hosting.Sockets;
using VhostDevice.Linux;
using VhostDevice.Linux.Sandbox;

namespace VhostDevice.Hosting.Kinds;

/// <summary>
/// The host's side being opened: what the command line said, what the sandbox is to leave, what begins inside of it.
/// What it owns ends with the daemon, the last one first.
/// </summary>
public sealed class Opening : IDisposable
{
    private readonly Stack<IDisposable> _owned = new();
    private readonly List<Action> _withSockets = [];
    private readonly List<Action<IDaemon>> _begins = [];
    private readonly List<(string Folder, FolderRights Rights)> _folders = [];
    private readonly List<CallRule> _calls = [];
    private readonly StderrLogger _log;

    internal Opening(DeviceKind kind, Values values, StderrLogger log)
    {
        _log = log;
        Values = values;
        SocketCount = kind.Sockets.Given(values) ?? 1;
        Access = CommonSettings.Access(values);
        if (values.Has(CommonSettings.MetricsSocket))
            Meter = Owns(new DeviceMeter(kind.Name));
    }

    /// <summary>What the command line said.</summary>
    public Values Values { get; }

    /// <summary>How many sockets the command line asks for, where it does.</summary>
    public int SocketCount { get; }

    /// <summary>The daemon's log.</summary>
    public ILogger Log => _log;

    /// <summary>Takes the device's own counters; null when nobody will read them.</summary>
    public DeviceMeter? Meter { get; }

    /// <summary>What <see cref="AllowCalls"/> was told.</summary>
    internal IReadOnlyList<CallRule> Calls => _calls;

    /// <summary>Who may connect to the front-ends' sockets; null: as the umask says.</summary>
    internal SocketAccess? Access { get; }

    public string? this[TextSetting setting] => Values[setting];

    public ulong this[NumberSetting setting] => Values[setting];

    public string? this[ChoiceSetting setting] => Values[setting];

    public bool this[FlagSetting setting] => Values[setting];

    public IReadOnlyList<string> this[ListSetting setting] => Values[setting];

    /// <summary>Keeps something for as long as the daemon runs.</summary>
    public T Owns<T>(T owned)
        where T : IDisposable
    {
        _owned.Push(owned);
        return owned;
    }

    /// <summary>
    /// Opens something together with the front-ends' sockets, just before them: for paths that others wait for, and that have to be
    /// removed when a signal ends the start.
    /// </summary>
    /// <param name="open">Throws <see cref="StartupException"/> if it cannot be opened.</param>
    public void WithSockets(Action open) => _withSockets.Add(open);

    /// <summary>Starts something that has threads: inside the sandbox, before the first guest.</summary>
    public void Begin(Action start) => _begins.Add(_ => start());

    /// <inheritdoc cref="Begin(Action)"/>
    public void Begin(Action<IDaemon> start) => _begins.Add(start);

    /// <summary>System calls that the device makes once it serves, which only shows when it is opened.</summary>
    public void AllowCalls(IReadOnlyList<CallRule> calls) => _calls.AddRange(calls);

    /// <summary>Paths beneath a folder that the device uses once it is inside the sandbox.</summary>
    public void AllowFolder(string folder, FolderRights rights) => _folders.Add((folder, rights));

    /// <summary>The same for the folder that a path is in.</summary>
    public void AllowFolderOf(string path, FolderRights rights) => AllowFolder(SocketPaths.FolderOf(path), rights);

    /// <summary>Listens at a path for commands, on a thread of its own.</summary>
    /// <param name="handler">Makes what answers them; its argument is the control socket's own loop. What it makes is disposed
    /// with the socket if it can be.</param>
    public void Listen(string path, Func<EventLoop, ILineHandler> handler)
    {
        ControlSocket? socket = null;
        WithSockets(() =>
        {
            socket = Owns(ControlSocket.Open(path, _log, handler));
            AllowFolderOf(path, FolderRights.RemoveFiles);
        });
        Begin(() => socket!.Start());
    }

    /// <summary>
    /// The same for verbs that are carried out on the loop of the first socket's device, with the crew of that loop standing still.
    /// </summary>
    /// <param name="run">Carries out a line, passing on the lines of the answer; returns what was wrong, or null.</param>
    public void Listen(string path, Func<string, Action<string>, string?> run)
    {
        LoopRequests? requests = null;
        // Before the thread that reads lines.
        Begin(daemon => requests!.Serve(daemon.Loops[0], daemon.Crew));
        Listen(path, loop => requests = new LoopRequests(loop, run, _log));
    }

    /// <summary>A problem with a setting's value: exit status 2.</summary>
    /// <param name="what">Follows the setting's name: " is too little", or ": not a list".</param>
    public static StartupException Wrong(Setting setting, string what) => new($"{setting.Name}{what}", isUsage: true);

    /// <summary>Ends what it owns.</summary>
    public void Dispose()
    {
        while (_owned.TryPop(out IDisposable? owned))
            owned.Dispose();
    }

    /// <summary>Opens what is opened with the sockets, and says what the sandbox is to leave.</summary>
    internal void OpenWithSockets(ProcessSandbox sandbox)
    {
        foreach (Action open in _withSockets)
            open();
        foreach ((string folder, FolderRights rights) in _folders)
            sandbox.AllowFolder(folder, rights);
    }

    internal void BeginAll(IDaemon daemon)
    {
        foreach (Action<IDaemon> begin in _begins)
            begin(daemon);
    }
}
