// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards;
using VhostDevice.Devices.Boards.Wiring;
using VhostDevice.Linux;
using VhostDevice.Virtio.Devices;

namespace VhostDevice.Devices.Tests.Boards.Bells;

/// <summary>A kind of bus that boards have never heard of: up to eight bells, and a rope that pulls a wire.</summary>
public sealed class SimulatedBellBus : BoardPort
{
    public const int Places = 8;

    private readonly BellTrace _trace;
    private readonly Bell?[] _bells = new Bell?[Places];
    private readonly List<LoopMailbox<byte>> _listeners = [];
    private readonly BellFrame _frame;
    private readonly Pin _rope;

    public SimulatedBellBus(Board board, string name)
        : base(board, name)
    {
        _trace = new BellTrace(board, name);
        // What people drive of the bus itself is a part of its name.
        _frame = new BellFrame(board, name);
        _rope = _frame.AddPin("rope", PinDrive.Low);
    }

    public override bool HasPins => true;

    public override string Noun => "bell bus";

    public override string PinNoun => "rope";

    public override string PinNames => $"{Name}.rope";

    public bool HasEnded { get; private set; }

    public override Pin? FindPin(string name) => name == "rope" ? _rope : null;

    /// <exception cref="BoardException">The place is taken.</exception>
    public void Attach(Bell bell, int place)
    {
        if (_bells[place] is not null)
            throw new BoardException($"place {place} of {Name} is taken");
        _bells[place] = bell;
        bell.At = (this, (byte)place);
    }

    public override Func<VirtioDevice> Serve(PortSocket socket)
    {
        BellCounts counts = new();
        socket.Meter?.Add(socket.Name, counts.Table);
        return () => new BellDevice(this, counts);
    }

    /// <summary>From any thread.</summary>
    public bool Strike(byte place, bool byGuest)
    {
        lock (Board.Gate)
        {
            if (place >= Places || _bells[place] is not { } bell || _frame.Damped.Value)
                return false;
            _rope.Drive = PinDrive.High;
            bell.Sound();
            _rope.Drive = PinDrive.Low;
            if (_trace.IsRecording)
                _trace.AddStroke(place, byGuest);
            if (byGuest)
                return true;
            // A listener that has no room misses it.
            foreach (LoopMailbox<byte> listener in _listeners)
                _ = listener.TryAdd(place);
            return true;
        }
    }

    public void Listen(LoopMailbox<byte> listener)
    {
        lock (Board.Gate)
            _listeners.Add(listener);
    }

    public void Forget(LoopMailbox<byte> listener)
    {
        lock (Board.Gate)
            _ = _listeners.Remove(listener);
    }

    protected internal override void End() => HasEnded = true;

    private sealed class BellFrame : BoardPart
    {
        internal BellFrame(Board board, string name)
            : base(board, "bell-frame", name) => Damped = Parameter(new SwitchParameter("damped", false));

        internal SwitchParameter Damped { get; }
    }
}
