// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards.Wiring;
using VhostDevice.Devices.Gpio;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Boards.Gpio;

/// <summary>A simulated line in somebody's hands.</summary>
internal sealed class SimulatedGpioRequest : IGpioLine
{
    /// <summary>One to report and one to latch.</summary>
    private const int MaxPending = 2;

    private readonly Board _board;
    private readonly SimulatedGpioLine _line;
    private readonly IGpioEdgeListener _listener;
    private readonly LoopMailbox<bool> _reports;
    private GpioEdges _edges;
    private bool _muted;
    private bool _released;

    internal SimulatedGpioRequest(
        Board board,
        SimulatedGpioLine line,
        string owner,
        in GpioLineSettings settings,
        EventLoop loop,
        IGpioEdgeListener listener)
    {
        _board = board;
        _line = line;
        _reports = new LoopMailbox<bool>(loop, MaxPending, Report, static (_, last) => last);
        _listener = listener;
        Owner = owner;
        _line.SetUp(settings);
        _edges = _line.Direction == GpioDirection.In ? settings.Edges : GpioEdges.None;
        _line.Take(this);
    }

    internal string Owner { get; }

    public Errno Configure(in GpioLineSettings settings)
    {
        lock (_board.Gate)
        {
            GpioEdges edges = settings.Direction == GpioDirection.Out ? GpioEdges.None : settings.Edges;
            if (edges != _edges)
                _reports.Clear();
            // The change of the pull or the direction is no edge of the wire's own.
            _edges = GpioEdges.None;
            _line.SetUp(settings);
            _edges = _line.Direction == GpioDirection.In ? edges : GpioEdges.None;
            return Errno.Success;
        }
    }

    public Errno Get(out bool high)
    {
        lock (_board.Gate)
            high = _line.Pin.Level;
        return Errno.Success;
    }

    public Errno Set(bool high)
    {
        lock (_board.Gate)
        {
            if (_line.Direction != GpioDirection.Out)
                return Errno.EPERM;
            _line.Pin.Drive = high ? PinDrive.High : PinDrive.Low;
            return Errno.Success;
        }
    }

    /// <summary>Nothing: they come as soon as they are set up.</summary>
    public Errno Listen(GpioEdges edges) => Errno.Success;

    public void Mute()
    {
        lock (_board.Gate)
        {
            if (!_muted)
                _reports.Clear();
            _muted = true;
        }
    }

    public void Unmute()
    {
        lock (_board.Gate)
            _muted = false;
    }

    public void Dispose()
    {
        lock (_board.Gate)
        {
            if (_released)
                return;
            _released = true;
            _edges = GpioEdges.None;
            _line.GiveBack();
            _reports.Clear();
        }
    }

    /// <summary>Under the gate, on the thread of whoever changed the level.</summary>
    internal void OnLevel(bool high)
    {
        if (!_muted && (_edges & (high ? GpioEdges.Rising : GpioEdges.Falling)) != 0)
            _ = _reports.TryAdd(high);
    }

    // On the loop, and not under the gate: the listener uses the line.
    private bool Report(bool high)
    {
        _listener.OnEdge();
        return true;
    }
}
