// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Can;
using VhostDevice.Linux;
using VhostDevice.Virtio.Devices;

namespace VhostDevice.Devices.Boards.Can;

/// <summary>A CAN controller of a board, which a guest gets on a socket of its own.</summary>
public sealed class BoardCanController : BoardPort, ICanBus
{
    // A sender waits so long for another guest that does not receive.
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(100);

    private readonly BoardCanBus _bus;
    private readonly CanFilters? _filters;
    private readonly Action<bool> _showStarted;
    private readonly List<Station> _stations = [];
    private long _faultyUntil = long.MinValue;

    /// <param name="bus">Where it is.</param>
    /// <param name="filters">Which frames cross; null: all.</param>
    /// <inheritdoc cref="BoardPort(Board, string)"/>
    public BoardCanController(Board board, string name, BoardCanBus bus, CanFilters? filters = null)
        : base(board, name)
    {
        _bus = bus;
        _filters = filters;
        Node = new CanNode();
        CanControllerPart part = new(this);
        Node.StateChanged = part.ShowState;
        _showStarted = part.ShowStarted;
    }

    public override string Noun => "controller";

    public bool TakesFd => true;

    public bool ConfirmsSending => _bus.Bus.ConfirmsSending;

    internal CanNode Node { get; }

    public override Func<VirtioDevice> Serve(PortSocket socket)
    {
        CanStatistics statistics = new();
        socket.Meter?.Add(socket.Name, [.. CanCounterTable.Of(this, statistics), .. CanCounterTable.Of(_bus.Bus, Node)]);
        return () => new CanDevice(this, statistics, s_patience, socket.Log, _filters);
    }

    public ICanStation Join(EventLoop loop, ICanGuest guest) => new Station(this, guest);

    /// <summary>Takes the controller off the bus, and again whenever its guest starts it within that time. From any thread.</summary>
    public void GoBusOff(TimeSpan again) =>
        GoBusOff(Board.Time.GetTimestamp() + (long)(again.TotalSeconds * Board.Time.TimestampFrequency));

    internal void GoBusOff(long until)
    {
        lock (Board.Gate)
        {
            _faultyUntil = until;
            _bus.Bus.TakeOff(Node);
        }
    }

    private sealed class Station(BoardCanController controller, ICanGuest guest) : ICanStation
    {
        private readonly ICanStation _inner = controller._bus.Bus.Join(guest, controller.Node);

        public void Start()
        {
            _inner.Start();
            lock (controller.Board.Gate)
            {
                if (!controller._stations.Contains(this))
                    controller._stations.Add(this);
                controller._showStarted(true);
                if (controller.Board.Time.GetTimestamp() < controller._faultyUntil)
                    controller._bus.Bus.TakeOff(controller.Node);
            }
        }

        public void Stop()
        {
            _inner.Stop();
            lock (controller.Board.Gate)
            {
                _ = controller._stations.Remove(this);
                controller._showStarted(controller._stations.Count > 0);
            }
        }

        public CanSend Send(in CanFrame frame, bool mayWait) => _inner.Send(frame, mayWait);

        public void MadeRoom() => _inner.MadeRoom();

        public void Dispose() => Stop();
    }
}
