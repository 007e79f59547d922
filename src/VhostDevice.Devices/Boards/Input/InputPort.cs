// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Input;
using VhostDevice.Linux;
using VhostDevice.Virtio.Devices;

namespace VhostDevice.Devices.Boards.Input;

/// <summary>A simulated input device, which a guest gets on a socket of its own. What people do with it is its <see cref="InputPart"/>'s.</summary>
public sealed class InputPort : BoardPort, IInputSource
{
    private readonly List<Station> _started = [];
    private readonly InputState _now;
    private readonly InputTrace _trace;

    /// <param name="description">What it is; not changed any more.</param>
    /// <inheritdoc cref="BoardPort(Board, string)"/>
    public InputPort(Board board, string name, InputDescription description)
        : base(board, name)
    {
        Description = description;
        _now = new InputState(description);
        for (int code = 0; code < InputCodes.AxisCount; code++)
        {
            if (description.Has(InputTypes.Absolute, code) && !InputCodes.IsOfSlot(code))
                _now.Axes[code] = description.Axis(code).Value;
        }

        _trace = new InputTrace(board, name, description);
    }

    /// <summary>A guest wants an LED, a sound or an effect so; under <see cref="Board.Gate"/>.</summary>
    public event Action<InputEvent>? StatusChanged;

    public override string Noun => "input device";

    public string Label => Name;

    public InputDescription Description { get; }

    public override Func<VirtioDevice> Serve(PortSocket socket)
    {
        InputStatistics statistics = new();
        socket.Meter?.Add(socket.Name, statistics.Counters(Name));
        return () => new InputDevice(this, statistics);
    }

    public IInputStation Join(EventLoop loop, IInputGuest guest) => new Station(this, guest);

    /// <summary>Sends a report to all guests, for whoever holds <see cref="Board.Gate"/>.</summary>
    /// <param name="report">With its end; at most 1024 events.</param>
    public void Report(ReadOnlySpan<InputEvent> report)
    {
        foreach (InputEvent value in report)
            _now.Apply(value);
        if (_trace.IsRecording)
            _trace.Add(report);
        foreach (Station station in _started)
            station.Guest.Report(report);
    }

    /// <summary>Whether a key is pressed, for whoever holds <see cref="Board.Gate"/>.</summary>
    internal bool IsPressed(int key) => _now.IsPressed(key);

    private sealed class Station(InputPort port, IInputGuest guest) : IInputStation
    {
        // What the guest has lit or sounds.
        private readonly List<InputEvent> _on = [];

        internal IInputGuest Guest => guest;

        public void Start()
        {
            lock (port.Board.Gate)
            {
                if (!port._started.Contains(this))
                    port._started.Add(this);
            }
        }

        public void Stop()
        {
            lock (port.Board.Gate)
            {
                if (!port._started.Remove(this))
                    return;
                foreach (InputEvent value in _on)
                    port.StatusChanged?.Invoke(new InputEvent(value.Type, value.Code, 0));
                _on.Clear();
            }
        }

        public bool TryRead(InputState target)
        {
            lock (port.Board.Gate)
                target.CopyFrom(port._now);
            return true;
        }

        public void Send(in InputEvent value)
        {
            lock (port.Board.Gate)
            {
                StatusList.Set(_on, value);
                port.StatusChanged?.Invoke(value);
            }
        }

        public void Dispose() => Stop();
    }
}
