// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Gpio;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Tests.Gpio;

/// <summary>A chip in a test's hand. Everything happens on the loop of the device that uses it.</summary>
internal sealed class TestGpioChip(int lines) : IGpioChip
{
    private readonly Line?[] _requested = new Line?[lines];

    internal string?[] Names { get; } = new string?[lines];

    /// <summary>What the world outside applies to each line.</summary>
    internal bool[] Levels { get; } = new bool[lines];

    internal bool[] IsOutput { get; } = new bool[lines];

    /// <summary>What the next request or configuration with edges fails with.</summary>
    internal Errno EdgeFailure { get; set; }

    /// <summary>Who else has a line.</summary>
    internal Dictionary<int, string> Taken { get; } = [];

    /// <summary>How often a line was requested.</summary>
    internal int Requests { get; private set; }

    public string Name => "testchip";

    public string Label => "";

    public int LineCount => lines;

    public string LineName(int line) => Names[line] ?? "";

    public GpioDirection Direction(int line) => IsOutput[line] ? GpioDirection.Out : GpioDirection.In;

    public string? UserOf(int line) => Taken.TryGetValue(line, out string? other) ? other : _requested[line]?.Owner;

    public Errno Request(int line, string owner, in GpioLineSettings settings, EventLoop loop, IGpioEdgeListener listener, out IGpioLine? requested)
    {
        requested = null;
        if (UserOf(line) is not null)
            return Errno.EBUSY;
        Line made = new(this, line, owner, listener);
        Errno errno = made.Configure(settings);
        if (errno.IsError)
            return errno;
        Requests++;
        requested = _requested[line] = made;
        return Errno.Success;
    }

    public void Dispose()
    {
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

    private sealed class Line(TestGpioChip chip, int line, string owner, IGpioEdgeListener listener) : IGpioLine
    {
        internal string Owner => owner;

        internal IGpioEdgeListener Listener => listener;

        internal GpioLineSettings Settings { get; private set; }

        internal bool Muted { get; private set; }

        public Errno Configure(in GpioLineSettings settings)
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
            high = chip.Levels[line];
            return Errno.Success;
        }

        public Errno Set(bool high)
        {
            if (!chip.IsOutput[line])
                return Errno.EPERM;
            chip.Levels[line] = high;
            return Errno.Success;
        }

        public void Mute() => Muted = true;

        public void Unmute() => Muted = false;

        public void Dispose()
        {
            ObjectDisposedException.ThrowIf(chip._requested[line] != this, this);
            chip._requested[line] = null;
        }
    }
}
