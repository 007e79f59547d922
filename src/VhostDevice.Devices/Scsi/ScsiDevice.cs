// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using System.Runtime.InteropServices;
using VhostDevice.Devices.Scsi.Control;
using VhostDevice.Devices.Scsi.Storage;
using VhostDevice.Devices.Scsi.Target;
using VhostDevice.Virtio.Devices;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Devices.Scsi;

/// <summary>
/// The SCSI host (virtio 1.3 §5.6): a control queue, an event queue, and any number of request queues before one
/// <see cref="ScsiTarget"/>, which outlives it.
/// </summary>
public sealed class ScsiDevice : VirtioDevice
{
    /// <summary>The queue of task management functions.</summary>
    public const int ControlQueue = 0;

    /// <summary>The queue of events.</summary>
    public const int EventQueue = 1;

    /// <summary>The first queue of commands.</summary>
    public const int FirstRequestQueue = 2;

    /// <summary>The most queues of commands.</summary>
    public const int MaxRequestQueues = 64;

    private const uint DefaultSenseSize = 96;
    private const uint DefaultCdbSize = 32;
    private const uint MaxSenseSize = 252;

    // Requests with this many pieces fit into an indirect table together with their head and answer.
    private const uint SegMax = 254;

    private readonly ScsiTarget _target;
    private readonly IIoEngine? _engine;
    private readonly ScsiNexus _nexus;
    private readonly int _requestQueues;
    private readonly Stack<ScsiTransfer>[] _free;
    private readonly ScsiControl _control;
    private readonly ScsiEvents _events = new();
    private ScsiConfig _config;
    private bool _begins;

    /// <param name="target">Stays the caller's.</param>
    /// <param name="nexus">How the target knows the guest.</param>
    /// <param name="engine">Where the target's files are read and written; attached to the device's loop.</param>
    /// <param name="requestQueues">1 to <see cref="MaxRequestQueues"/>.</param>
    public ScsiDevice(ScsiTarget target, ScsiNexus nexus, IIoEngine? engine = null, int requestQueues = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(requestQueues);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(requestQueues, MaxRequestQueues);
        _target = target;
        _nexus = nexus;
        _engine = engine;
        _requestQueues = requestQueues;
        _free = new Stack<ScsiTransfer>[requestQueues];
        for (int i = 0; i < _free.Length; i++)
            _free[i] = new Stack<ScsiTransfer>();
        _control = new ScsiControl(this, target, nexus);
        _config = DefaultConfig(requestQueues);
        target.UnitChanged += OnUnitChanged;
        target.CapacityChanged += OnCapacityChanged;
    }

    public override uint DeviceId => 8;

    public override int QueueCount => FirstRequestQueue + _requestQueues;

    /// <summary>
    /// Each request queue has a loop of its own, where there are as many; the first one that of the others, which have
    /// little to do.
    /// </summary>
    public override int LoopOf(int queue) => Math.Max(0, queue - FirstRequestQueue);

    public override ulong Features => ScsiFeatures.Hotplug | ScsiFeatures.Change;

    public override ReadOnlySpan<byte> Config => MemoryMarshal.AsBytes(new ReadOnlySpan<ScsiConfig>(in _config));

    /// <inheritdoc/>
    /// <remarks>The driver may choose how much room it has for CDBs and sense data, before it sends any.</remarks>
    public override bool TryWriteConfig(int offset, ReadOnlySpan<byte> data)
    {
        if (offset < ScsiConfig.SenseSizeOffset || offset + data.Length > ScsiConfig.SenseSizeOffset + 8)
            return false;
        ScsiConfig changed = _config;
        data.CopyTo(MemoryMarshal.AsBytes(new Span<ScsiConfig>(ref changed))[offset..]);
        if (changed.SenseSize is < SenseData.FixedSize or > MaxSenseSize || changed.CdbSize is < 16 or > ScsiTask.CdbSize - 1)
            return false;
        _config = changed;
        return true;
    }

    /// <inheritdoc/>
    /// <remarks>A driver that did not take the feature must not hear of what it brings (virtio 1.3 §5.6.6.3.2).</remarks>
    public override void AcceptFeatures(ulong features) => _events.Features = features;

    public override void QueueStarted(Virtqueue queue)
    {
        if (_begins)
            Begin(goesOn: queue.GoesOn);
        if (queue.Index == EventQueue)
            _events.Start(queue);
        else if (queue.Index >= FirstRequestQueue)
            _control.Start(queue);
    }

    public override void QueueStopping(Virtqueue queue)
    {
        if (queue.Index == EventQueue)
            _events.Stop();
        else if (queue.Index >= FirstRequestQueue)
            StopCommands(queue);
    }

    /// <inheritdoc/>
    /// <remarks>A task management function waits for commands that it has ended, whatever queue they came through.</remarks>
    public override void CancelRequests(Virtqueue queue)
    {
        if (queue.Index == ControlQueue)
            _target.Cancel(static task => task.IsAborted);
        else if (queue.Index >= FirstRequestQueue)
            _target.Cancel(task => task is ScsiTransfer transfer && transfer.Queue == queue);
    }

    public override void ServeQueue(Virtqueue queue)
    {
        switch (queue.Index)
        {
            case ControlQueue:
                _control.Serve(queue);
                break;
            case EventQueue:
                _events.Deliver();
                break;
            default:
                ServeCommands(queue, int.MaxValue);
                break;
        }
    }

    /// <inheritdoc/>
    /// <remarks>QEMU asks for a request queue for each of the guest's processors, unless it is told otherwise.</remarks>
    public override string? AdviseOnQueues(ulong queues)
    {
        string front = string.Create(CultureInfo.InvariantCulture, $"QEMU with num_queues={_requestQueues}");
        return queues - FirstRequestQueue <= MaxRequestQueues
            ? string.Create(CultureInfo.InvariantCulture, $"start it with --num-queues {queues - FirstRequestQueue}, or {front}")
            : $"start {front}";
    }

    public override IEnumerable<string> DescribeState() => _target.Units.Select(static unit => "unit " + UnitCommands.Describe(unit));

    public override void Reset()
    {
        _config = DefaultConfig(_requestQueues);
        _events.Clear();
        _begins = false;
        _target.PowerOn(_nexus);
    }

    /// <summary>Carries out commands of a request queue, at most so many; on its loop, or while that stands still.</summary>
    internal void ServeCommands(Virtqueue queue, int most)
    {
        int number = queue.Index - FirstRequestQueue;
        Stack<ScsiTransfer> free = _free[number];
        while (most-- > 0 && queue.TryPop(out DescriptorChain? chain))
        {
            if (!free.TryPop(out ScsiTransfer? transfer))
                transfer = MakeTransfer(number);
            if (!transfer.TryBegin(queue, chain, _config, out ScsiLun lun))
            {
                queue.Counters.Errors++;
                transfer.Answer(ScsiResponse.Failure);
            }
            else if (!lun.TryParse(out byte target, out ushort unit) || !_target.TryExecute(transfer, target, unit))
            {
                transfer.Answer(ScsiResponse.BadTarget);
            }
        }
    }

    protected override void OnAttached()
    {
        _control.Host = Host;
        if (Host.Crew is not null)
            _target.Share();
        for (int i = 0; i < (Host.Crew?.Count ?? 1); i++)
            _engine?.Attach(Host.Crew?.At(i) ?? Host.Loop, i);
        _begins = true;
    }

    protected override void Dispose(bool disposing)
    {
        _target.UnitChanged -= OnUnitChanged;
        _target.CapacityChanged -= OnCapacityChanged;
        base.Dispose(disposing);
    }

    private static ScsiConfig DefaultConfig(int requestQueues) => new()
    {
        NumQueues = (uint)requestQueues,
        SegMax = SegMax,
        MaxSectors = 0xFFFF,
        CmdPerLun = 128,
        EventInfoSize = ScsiEvent.Size,
        SenseSize = DefaultSenseSize,
        CdbSize = DefaultCdbSize,
        MaxTarget = byte.MaxValue,
        MaxLun = LunAddress.Max,
    };

    // Known when the first ring starts: a guest whose rings go on from the record of a process that was killed has not been
    // switched off, and must not be told so. Its requests are carried out as if nothing had happened.
    private void Begin(bool goesOn)
    {
        _begins = false;
        if (goesOn)
            _target.Rejoin(_nexus);
        else
            _target.PowerOn(_nexus);
    }

    // The stop waits for what is under way, for seconds only: a check of terabytes would be cut off without an answer, and
    // go on with nobody to hear of it. A driver sends again what a reset has ended.
    private void StopCommands(Virtqueue queue)
    {
        _control.Stop(queue);
        _target.EndRepeatable(task => task is ScsiTransfer transfer && transfer.Queue == queue);
    }

    private ScsiTransfer MakeTransfer(int queue) => new(_free[queue])
    {
        Nexus = _nexus,
        Home = Host.Crew?.At(queue),
        Loop = Host.Crew?.At(queue) ?? Host.Loop,
        Engine = queue % (Host.Crew?.Count ?? 1),
    };

    private void OnUnitChanged(LogicalUnit unit, bool isThere) => _events.Add(ScsiFeatures.Hotplug, new ScsiEvent
    {
        Event = ScsiEvent.TransportReset,
        Lun = ScsiLun.Of(unit.Options.Target, unit.Options.Lun),
        Reason = isThere ? ScsiEvent.ReasonRescan : ScsiEvent.ReasonRemoved,
    });

    // The reason is the additional sense code, and its qualifier in the next byte.
    private void OnCapacityChanged(LogicalUnit unit) => _events.Add(ScsiFeatures.Change, new ScsiEvent
    {
        Event = ScsiEvent.ParameterChange,
        Lun = ScsiLun.Of(unit.Options.Target, unit.Options.Lun),
        Reason = (uint)((SenseCode.CapacityChanged.Code >> 8) | ((SenseCode.CapacityChanged.Code & 0xFF) << 8)),
    });
}
