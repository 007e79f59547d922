// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Devices;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Devices.Input;

/// <summary>
/// The input device (virtio 1.3 §5.8): a keyboard, mouse, touch screen or whatever else the kernel calls an input device.
/// Reports go through the first queue, an event in each buffer; LEDs, sounds and effects come through the second.
/// </summary>
/// <remarks>
/// A report is never cut: what does not fit into the buffers that there are goes into those that come back, and when too
/// much waits, whole reports are dropped. The guest then gets what leads from the state that it knows to the state that the
/// device is in. The same closes the gap after a pause, a migration and a restart of this process, so that no key stays
/// pressed that nobody presses.
/// </remarks>
public sealed partial class InputDevice : VirtioDevice, IInputGuest
{
    private const int EventQueue = 0;

    // Of the configuration (virtio 1.3 §5.8.4).
    private const int ConfigSize = 136;
    private const int SelectAt = 0;
    private const int SubselectAt = 1;
    private const int SizeAt = 2;
    private const int DataAt = 8;

    private readonly IInputSource _source;
    private readonly InputStatistics _statistics;
    private readonly InputDescription _description;
    private readonly InputState _known;
    private readonly InputState _now;
    private readonly InputOutbox _outbox = new();
    private readonly byte[] _config = new byte[ConfigSize];
    private readonly byte[] _lit = new byte[InputDescription.MaxBytes];
    private readonly Action _deliver;
    private IInputStation? _station;
    private Virtqueue? _events;
    private bool _isKnown;
    private bool _pressesNothing;
    private bool _mayBeWithinReport;
    private int _isPosted;

    /// <param name="source">Stays the caller's.</param>
    /// <param name="statistics">Of the socket.</param>
    public InputDevice(IInputSource source, InputStatistics statistics)
    {
        _source = source;
        _statistics = statistics;
        _description = source.Description;
        _known = new InputState(_description);
        _now = new InputState(_description);
        _deliver = Deliver;
    }

    public override uint DeviceId => 18;

    public override int QueueCount => 2;

    public override bool KeepsOrder => true;

    public override ReadOnlySpan<byte> Config => _config;

    public override uint StateVersion => 1;

    // QEMU writes all of it, others a byte at a time; what is not the driver's is passed over.
    public override bool TryWriteConfig(int offset, ReadOnlySpan<byte> data)
    {
        if (offset <= SelectAt && offset + data.Length > SelectAt)
            _config[SelectAt] = data[SelectAt - offset];
        if (offset <= SubselectAt && offset + data.Length > SubselectAt)
            _config[SubselectAt] = data[SubselectAt - offset];
        Select();
        return true;
    }

    public override void QueueStarted(Virtqueue queue)
    {
        if (queue.Index != EventQueue)
            return;
        if (queue.BeginsAnew)
        {
            _known.Clear();
            _outbox.Clear();
            // The key that started the guest is not meant for it.
            _pressesNothing = true;
        }
        else if (!_isKnown)
        {
            _known.Forget();
            _mayBeWithinReport = true;
        }

        _isKnown = true;
        _events = queue;
        _outbox.Lose();
        _station!.Start();
        LightAgain();
    }

    public override void QueueStopping(Virtqueue queue)
    {
        if (queue.Index != EventQueue)
            return;
        _events = null;
        _station!.Stop();
    }

    public override void ServeQueue(Virtqueue queue)
    {
        if (queue.Index == EventQueue)
            Send(queue);
        else
            Receive(queue);
    }

    public override void Reset()
    {
        _station!.Stop();
        _known.Clear();
        _outbox.Clear();
        Array.Clear(_lit);
        Array.Clear(_config);
        _isKnown = false;
    }

    public override IEnumerable<string> DescribeState() =>
        [$"{_source.Label}: '{_description.Name}', {(_events is null ? "the guest takes no events" : $"{_outbox.Count} events wait for the guest")}"];

    void IInputGuest.Report(ReadOnlySpan<InputEvent> report)
    {
        if (_outbox.TryAdd(report))
            Wake();
        else
            _statistics.CountDropped();
    }

    void IInputGuest.ReportLoss()
    {
        _outbox.Lose();
        Wake();
    }

    protected override void OnAttached() => _station = _source.Join(Host.Loop, this);

    protected override void Dispose(bool disposing)
    {
        _events = null;
        _station?.Dispose();
        base.Dispose(disposing);
    }

    private void Select()
    {
        Span<byte> data = _config.AsSpan(DataAt);
        data.Clear();
        _config[SizeAt] = _description.Answer(_config[SelectAt], _config[SubselectAt], data);
    }

    private void Wake()
    {
        if (Host.Loop.IsCurrent)
            _events?.RequestService();
        else if (Interlocked.Exchange(ref _isPosted, 1) == 0)
            Host.Loop.Post(_deliver);
    }

    private void Deliver()
    {
        Volatile.Write(ref _isPosted, 0);
        _events?.RequestService();
    }

    private void Send(Virtqueue queue)
    {
        while (true)
        {
            if (_outbox.MustRead)
                ReadAgain();
            if (!_outbox.HasAny || !queue.TryPop(out DescriptorChain? chain))
                break;
            InputEvent next = _outbox.Peek();
            if (chain.WritableBytes < InputEvent.Size)
            {
                // The event stays, so that the report is whole.
                queue.Counters.Errors++;
                _statistics.CountTooSmall();
                queue.Complete(chain, 0);
                continue;
            }

            ChainWriter writer = chain.Writer();
            writer.TryWrite(next);
            queue.Complete(chain, writer.Written);
            _outbox.Take();
            _known.Apply(next);
            _statistics.CountEvent(next.EndsReport);
        }

        // Further buffers are of interest only to what waits for one.
        queue.WantsKicks = _outbox.HasAny;
    }

    private void ReadAgain()
    {
        List<InputEvent> changes = _outbox.BeginReading();
        _now.CopyFrom(_known);
        if (!_station!.TryRead(_now))
            _now.Release();
        _known.ListChanges(_now, changes, withPresses: !_pressesNothing);
        // The rest of a report that another process, or a former device, has begun will not come.
        if (_mayBeWithinReport && changes.Count == 0)
            changes.Add(InputEvent.EndOfReport);
        _pressesNothing = _mayBeWithinReport = false;
        _statistics.CountReadAgain();
    }

    private void Receive(Virtqueue queue)
    {
        while (queue.TryPop(out DescriptorChain? chain))
        {
            ChainReader reader = chain.Reader();
            // One event, says the specification; a driver may send more, but not keep the loop with them.
            for (int i = 0; i < MaxStatusEvents && reader.TryRead(out InputEvent value); i++)
                Receive(value);
            queue.Complete(chain, 0);
        }
    }

    private void Receive(in InputEvent value)
    {
        if (value.Type == InputTypes.Sync)
            return;
        if (!IsForDevice(value))
        {
            _statistics.CountRefused();
            return;
        }

        if (value.Type == InputTypes.Led)
            SetLit(value.Code, value.Value != 0);
        _statistics.CountStatus();
        _station!.Send(value);
    }
}
