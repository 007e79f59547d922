// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers;
using Microsoft.Extensions.Logging;
using VhostDevice.Linux;
using VhostDevice.Virtio.Devices;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Devices.Can;

/// <summary>
/// The CAN device (virtio device type 36, linux/virtio_can.h): a controller on a bus. Frames of the guest come through the
/// first queue, frames of the bus go through the second, and the third starts and stops the controller.
/// </summary>
/// <remarks>
/// A frame that makes no sense, or that the bus does not take, costs that frame. Only errors on the bus stop a controller
/// (bus-off), which the guest reads in the configuration and ends with a start. Starting and stopping always succeed: Linux
/// cannot take its interface down, or up, when they do not.
/// </remarks>
public sealed partial class CanDevice : VirtioDevice, ICanGuest
{
    private const int TransmitQueue = 0;
    private const int ReceiveQueue = 1;
    private const int ControlQueue = 2;

    /// <summary>VIRTIO_CAN_S_CTRL_BUSOFF, in the only field of the configuration.</summary>
    private const byte StatusBusOff = 1;

    // Frames for the guest that wait for buffers; four times what a burst of ISO-TP has.
    private const int MaxWaiting = 2048;

    private readonly ICanBus _bus;
    private readonly CanStatistics _statistics;
    private readonly TimeSpan _patience;
    private readonly ILogger _log;
    private readonly CanFilters? _filters;
    private readonly byte[] _config = new byte[2];
    private readonly Action _busOff;
    private readonly Action _sendAgain;
    private ICanStation? _station;
    private GuestMailbox<CanFrame>? _inbox;
    private LoopTimer? _timer;
    private Virtqueue? _transmit;
    private CanState _state;
    private bool _isStateKnown;
    private volatile uint _features;

    /// <param name="bus">Stays the caller's.</param>
    /// <param name="statistics">Of the socket.</param>
    /// <param name="patience">How long a frame waits for a bus that is busy before it fails.</param>
    /// <param name="filters">Which frames cross; null: all.</param>
    public CanDevice(ICanBus bus, CanStatistics statistics, TimeSpan patience, ILogger log, CanFilters? filters = null)
    {
        _bus = bus;
        _statistics = statistics;
        _patience = patience;
        _log = log;
        _filters = filters;
        _busOff = BusOff;
        _answerConfirmed = AnswerConfirmed;
        _sendAgain = TryAgain;
    }

    private enum CanState : byte
    {
        Stopped,
        Started,
        BusOff,
    }

    public override uint DeviceId => 36;

    public override int QueueCount => 3;

    public override ulong Features => (ulong)(CanFeatures.Classic | CanFeatures.Remote
        | (_bus.TakesFd ? CanFeatures.Fd : CanFeatures.None)
        | (_bus.ConfirmsSending ? CanFeatures.LateAcknowledgement : CanFeatures.None));

    public override ReadOnlySpan<byte> Config => _config;

    public override uint StateVersion => 1;

    bool ICanGuest.WantsConfirmations => (Accepted & CanFeatures.LateAcknowledgement) != 0;

    bool ICanGuest.HasRoom => _inbox!.Items.Count < MaxWaiting;

    private CanFeatures Accepted => (CanFeatures)_features;

    public override void AcceptFeatures(ulong features) => _features = (uint)(features & Features);

    public override void QueueStarted(Virtqueue queue)
    {
        switch (queue.Index)
        {
            case TransmitQueue:
                _transmit = queue;
                break;
            case ReceiveQueue:
                _inbox!.Start(queue);
                break;
            default:
                // A driver that goes on where another process of ours was killed does not start its controller anew.
                if (queue.BeginsAnew)
                    Leave(CanState.Stopped);
                else if (!_isStateKnown)
                    Start();
                _isStateKnown = true;
                break;
        }
    }

    public override void QueueStopping(Virtqueue queue)
    {
        if (queue.Index == ReceiveQueue)
            _inbox!.Stop();
        else if (queue.Index == TransmitQueue)
            _transmit = null;
    }

    public override void ServeQueue(Virtqueue queue)
    {
        switch (queue.Index)
        {
            case TransmitQueue:
                Transmit(queue);
                break;
            case ReceiveQueue:
                Receive(queue);
                break;
            default:
                Control(queue);
                break;
        }
    }

    public override void Reset() => Leave(CanState.Stopped);

    public override void SaveState(IBufferWriter<byte> target)
    {
        target.GetSpan(1)[0] = (byte)_state;
        target.Advance(1);
    }

    public override bool TryLoadState(uint version, ReadOnlySpan<byte> state, out string problem)
    {
        problem = version != 1 || state.Length != 1 ? "no state of a can device"
            : state[0] > (byte)CanState.BusOff ? $"a controller has no state {state[0]}" : "";
        if (problem.Length > 0)
            return false;
        _isStateKnown = true;
        if (state[0] == (byte)CanState.Started)
            Start();
        else
            Leave((CanState)state[0]);
        return true;
    }

    public override IEnumerable<string> DescribeState()
    {
        string state = _state == CanState.BusOff ? "off the bus" : _state == CanState.Started ? "started" : "stopped";
        return [$"{_bus.Name}: the controller is {state}, {_inbox?.Items.Count ?? 0} frames wait for the guest"];
    }

    void ICanGuest.ReportBusOff() => Host.Loop.Post(_busOff);

    protected override void OnAttached()
    {
        _inbox = new GuestMailbox<CanFrame>(Host, MaxWaiting, Write);
        _station = _bus.Join(Host.Loop, this);
        // Without a timer nothing waits.
        if (Host.Loop.CreateTimer(TryAgain, out _timer) is { IsError: true } errno)
            _log.LogWarning("no timer: {Errno}; frames fail when the bus is busy", errno);
        if (_bus.ConfirmsSending && Host.Loop.CreateTimer(FailOverdue, out _deadline) is { IsError: true } other)
            _log.LogWarning("no timer: {Errno}; a frame that is never confirmed keeps its place", other);
    }

    protected override void Dispose(bool disposing)
    {
        _transmit = null;
        _station?.Dispose();
        _timer?.Dispose();
        _deadline?.Dispose();
        base.Dispose(disposing);
    }

    private void Control(Virtqueue queue)
    {
        while (queue.TryPop(out DescriptorChain? chain))
        {
            ChainWriter writer = chain.Writer();
            byte result = CanResult.NotOk;
            // Without a place for the result nothing is done.
            if (writer.Remaining > 0 && chain.Reader().TryRead(out CanMessage message))
                result = Control(message);
            else
                queue.Counters.Errors++;
            writer.TryWrite(result);
            queue.Complete(chain, writer.Written);
        }
    }

    private byte Control(CanMessage message)
    {
        switch (message)
        {
            case CanMessage.Start:
                Start();
                return CanResult.Ok;
            case CanMessage.Stop:
                Leave(CanState.Stopped);
                return CanResult.Ok;
            default:
                return CanResult.NotOk;
        }
    }

    private void Start()
    {
        _state = CanState.Started;
        _config[0] = 0;
        _station!.Start();
    }

    // What waits in either direction is for nobody any more; the guest's frames come back as failed.
    private void Leave(CanState state)
    {
        _state = state;
        _config[0] = state == CanState.BusOff ? StatusBusOff : (byte)0;
        _station!.Stop();
        ForgetUnconfirmed();
        _inbox!.Items.Clear();
        EndWait();
        _transmit?.RequestService();
    }

    private void BusOff()
    {
        if (_state != CanState.Started)
            return;
        _statistics.CountBusOff();
        _log.LogWarning("the guest's controller on {Bus} is off the bus, until the guest starts it again", _bus.Name);
        Leave(CanState.BusOff);
        Host.NotifyConfigChanged();
    }
}
