// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;
using VhostDevice.Devices.Gpio;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Tests.Gpio;

/// <summary>
/// A chip in a test's hand. Everything happens on the loop of the device that uses it, unless its calls may wait: then they
/// are noted, as "get 2" or "set 2 high", and the test may keep them.
/// </summary>
internal sealed class TestGpioChip(int lines, bool mayWait = false) : IGpioChip
{
    private readonly Line?[] _requested = new Line?[lines];
    private readonly Lock _lock = new();
    private readonly List<string> _journal = [];
    private readonly SemaphoreSlim _gate = new(0);
    private volatile bool _isGated;
    private volatile int _lastThread;

    internal string?[] Names { get; } = new string?[lines];

    /// <summary>What the world outside applies to each line.</summary>
    internal bool[] Levels { get; } = new bool[lines];

    internal bool[] IsOutput { get; } = new bool[lines];

    /// <summary>What the next request or configuration with edges fails with.</summary>
    internal Errno EdgeFailure { get; set; }

    /// <summary>What reading and driving a level fail with.</summary>
    internal Errno LevelFailure { get; set; }

    /// <summary>Who else has a line.</summary>
    internal Dictionary<int, string> Taken { get; } = [];

    /// <summary>Calls that may wait do, for <see cref="LetOneGo"/>.</summary>
    internal bool IsGated
    {
        get => _isGated;
        set => _isGated = value;
    }

    /// <summary>Each call that may wait takes at least so long.</summary>
    internal TimeSpan Takes { get; set; }

    /// <summary>What the next call that may wait throws.</summary>
    internal Exception? Throws { get; set; }

    /// <summary>Where the last call that may wait was made.</summary>
    internal int LastThread => _lastThread;

    /// <summary>The calls that may wait which have begun.</summary>
    internal IReadOnlyList<string> Journal
    {
        get
        {
            lock (_lock)
                return [.. _journal];
        }
    }

    /// <summary>How often a line was requested.</summary>
    internal int Requests { get; private set; }

    public string Name => "testchip";

    public string Label => "";

    public HostCalls? Calls { get; } = mayWait ? new HostCalls("testchip") : null;

    public int LineCount => lines;

    public string LineName(int line) => Names[line] ?? "";

    public GpioDirection Direction(int line)
    {
        Enter($"direction {line}");
        return IsOutput[line] ? GpioDirection.Out : GpioDirection.In;
    }

    public string? UserOf(int line) => Taken.TryGetValue(line, out string? other) ? other : _requested[line]?.Owner;

    public Errno Request(int line, string owner, in GpioLineSettings settings, EventLoop loop, IGpioEdgeListener listener, out IGpioLine? requested)
    {
        requested = null;
        Enter($"request {line}");
        if (UserOf(line) is not null)
            return Errno.EBUSY;
        Line made = new(this, line, owner, listener);
        Errno errno = made.SetUp(settings);
        if (errno.IsError)
            return errno;
        Requests++;
        requested = _requested[line] = made;
        return Errno.Success;
    }

    /// <summary>Nothing waits any more.</summary>
    public void Dispose()
    {
        LetAllGo();
        Calls?.Dispose();
        _gate.Dispose();
    }

    internal void LetOneGo() => _gate.Release();

    internal void LetAllGo()
    {
        _isGated = false;
        _gate.Release(1000);
    }

    internal void ClearJournal()
    {
        lock (_lock)
            _journal.Clear();
    }

    internal GpioLineSettings? SettingsOf(int line) => _requested[line]?.Settings;

    internal bool IsMuted(int line) => _requested[line]?.Muted ?? false;

    /// <summary>The world outside changes a line's level; its edge is reported at once.</summary>
    internal void Apply(int line, bool high)
    {
        if (Levels[line] == high)
            return;
        Levels[line] = high;
        if (_requested[line] is { Muted: false } requested && (requested.Settings.Edges & (high ? GpioEdges.Rising : GpioEdges.Falling)) != 0)
            requested.Listener.OnEdge();
    }

    private void Enter(FormattableString what)
    {
        if (Calls is null)
            return;
        lock (_lock)
            _journal.Add(FormattableString.Invariant(what));
        _lastThread = Environment.CurrentManagedThreadId;
        for (long begun = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(begun) < Takes;)
            Thread.SpinWait(10);
        if (_isGated)
            _gate.Wait();
        if (Throws is not { } exception)
            return;
        Throws = null;
        throw exception;
    }

    private sealed class Line(TestGpioChip chip, int line, string owner, IGpioEdgeListener listener) : IGpioLine
    {
        internal string Owner => owner;

        internal IGpioEdgeListener Listener => listener;

        internal GpioLineSettings Settings { get; private set; }

        internal bool Muted { get; private set; }

        public Errno Configure(in GpioLineSettings settings)
        {
            chip.Enter($"configure {line}");
            return SetUp(settings);
        }

        internal Errno SetUp(in GpioLineSettings settings)
        {
            if (settings.Edges != GpioEdges.None && chip.EdgeFailure.IsError)
                return chip.EdgeFailure;
            Settings = settings;
            if (settings.Direction == GpioDirection.AsIs)
                return Errno.Success;
            chip.IsOutput[line] = settings.Direction == GpioDirection.Out;
            if (chip.IsOutput[line])
                chip.Levels[line] = settings.Value;
            return Errno.Success;
        }

        public Errno Get(out bool high)
        {
            chip.Enter($"get {line}");
            high = chip.Levels[line];
            return chip.LevelFailure;
        }

        public Errno Set(bool high)
        {
            chip.Enter($"set {line} {(high ? "high" : "low")}");
            if (!chip.IsOutput[line])
                return Errno.EPERM;
            if (chip.LevelFailure.IsError)
                return chip.LevelFailure;
            chip.Levels[line] = high;
            return Errno.Success;
        }

        public Errno Listen(GpioEdges edges) => Errno.Success;

        public void Mute() => Muted = true;

        public void Unmute() => Muted = false;

        public void Dispose()
        {
            chip.Enter($"release {line}");
            ObjectDisposedException.ThrowIf(chip._requested[line] != this, this);
            chip._requested[line] = null;
        }
    }
}
