// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using VhostDevice.Linux;
using VhostDevice.Virtio.Devices;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Devices.Gpio;

/// <summary>
/// The GPIO device (virtio 1.3 §5.18): lines of a chip, which the driver sets up, reads and drives through the request
/// queue and whose interrupts it hears of through the event queue.
/// </summary>
/// <remarks>
/// Lines belong to a driver from its first use until it releases them, or starts anew, or its front-end leaves. A pause
/// of the guest changes nothing, although front-ends reset the device for it (device status 0): outputs keep their
/// level, and edges are latched meanwhile.
/// </remarks>
public sealed partial class GpioDevice : VirtioDevice, IGuestLineOwner, IDeferred
{
    /// <summary>VIRTIO_GPIO_F_IRQ.</summary>
    private const ulong FeatureIrq = 1;

    private const int RequestQueue = 0;

    // A guest can make its requests fail as often as it likes.
    private const int MaxComplaints = 32;

    private readonly GpioLineChoice[] _choices;
    private readonly GuestLine?[] _lines;
    private readonly ILogger _log;
    private readonly byte[] _config;
    private readonly byte[] _names;
    private Virtqueue? _requests;
    private Virtqueue? _events;
    private bool _returned;
    private bool _irq;
    private volatile int _complaints;

    /// <param name="chip">Stays the caller's, and may be used by other devices, too.</param>
    /// <param name="lines">The lines to show, in the guest's order; at most <see cref="GpioLineChoice.MaxLines"/>.</param>
    /// <param name="name">Who has the lines, as other users of the chip see it.</param>
    public GpioDevice(IGpioChip chip, IReadOnlyList<GpioLineChoice> lines, string name, ILogger log)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(lines.Count, GpioLineChoice.MaxLines);
        Chip = chip;
        _calls = chip.Calls;
        Name = name;
        _log = log;
        _choices = [.. lines];
        _lines = new GuestLine?[_choices.Length];
        _names = GpioNames.Block([.. lines.Select(l => chip.LineName(l.HostLine))]);
        GpioConfig config = new() { LineCount = (ushort)_choices.Length, NamesSize = (uint)_names.Length };
        _config = MemoryMarshal.AsBytes(new ReadOnlySpan<GpioConfig>(in config)).ToArray();
    }

    public override uint DeviceId => 41;

    public override int QueueCount => 2;

    public override ulong Features => FeatureIrq;

    public override ReadOnlySpan<byte> Config => _config;

    internal IGpioChip Chip { get; }

    internal string Name { get; }

    IGpioChip IGuestLineOwner.Chip => Chip;

    EventLoop IGuestLineOwner.Loop => Host.Loop;

    string IGuestLineOwner.Name => Name;

    bool IGuestLineOwner.WantsReports => _complaints < MaxComplaints;

    public override void AcceptFeatures(ulong features) => _irq = (features & FeatureIrq) != 0;

    public override void QueueStarted(Virtqueue queue)
    {
        if (queue.Index != RequestQueue)
        {
            _events = queue;
            return;
        }

        _requests = queue;
        // A driver that begins knows nothing of a former one's lines. One that goes on after a pause does.
        if (queue.BeginsAnew)
            ReleaseLines();
    }

    public override void QueueStopping(Virtqueue queue)
    {
        if (queue.Index == RequestQueue)
        {
            Answer();
            _requests = null;
            EndTurnOfRequests();
            return;
        }

        // The driver queues them again when it gets them back like this.
        foreach (GuestLine? line in _lines)
            line?.Disarm();
        _events = null;
    }

    public override void ServeQueue(Virtqueue queue)
    {
        if (queue.Index == RequestQueue)
            ServeRequests(queue);
        else
            ServeEvents(queue);
    }

    void IGuestLineOwner.Return(DescriptorChain pair, byte status)
    {
        _returned = true;
        pair.Writer().TryWrite(status);
        _events?.Complete(pair, sizeof(byte));
    }

    void IGuestLineOwner.ReportFailure(GuestLine line, Errno errno, string? user)
    {
        if (_complaints >= MaxComplaints)
            return;
        _complaints++;
        if (_complaints == MaxComplaints)
            _log.LogWarning("more than this is not reported until the front-end has left");
        if (user is not null)
            _log.LogWarning("line {Line} of {Chip} is in use by \"{User}\"; the guest's request is refused", line.HostLine, Chip.Name, user);
        else
            _log.LogWarning("line {Line} of {Chip} cannot do what the guest asks for: {Errno}", line.HostLine, Chip.Name, errno);
    }

    protected override void Dispose(bool disposing)
    {
        ReleaseLines();
        _requests = _events = null;
        base.Dispose(disposing);
    }

    private bool TryWriteNames(DescriptorChain chain, out uint written)
    {
        written = 0;
        if (_names.Length == 0 || chain.WritableBytes != 1 + (uint)_names.Length)
            return false;
        ChainWriter writer = chain.Writer();
        writer.TryWrite(GpioResponse.Ok);
        writer.Write(_names);
        written = writer.Written;
        return true;
    }

    private void ServeEvents(Virtqueue queue)
    {
        while (queue.TryPop(out DescriptorChain? pair))
        {
            ushort line = 0;
            bool makesSense = pair.ReadableBytes == sizeof(ushort) && pair.WritableBytes == sizeof(byte) && pair.Reader().TryRead(out line);
            if (!makesSense)
                queue.Complete(pair, 0);
            else if (_irq && line < _lines.Length)
                Line(line).Arm(pair);
            else
                ((IGuestLineOwner)this).Return(pair, GpioIrqStatus.Invalid);
        }
    }

    private GuestLine Line(int number) => _lines[number] ??= new GuestLine(this, number, _choices[number]);

    private void ReleaseLines()
    {
        List<IGpioLine>? mayWait = null;
        foreach (GuestLine? line in _lines)
        {
            if (line?.Release() is not { } host)
                continue;
            if (_calls is null)
                host.Dispose();
            else
                (mayWait ??= []).Add(host);
        }

        // Behind a look that is under way, and before the next driver takes the lines.
        if (mayWait is not null)
            _calls!.MakeInOrder(new GpioRelease(Host.Loop, mayWait));
    }
}
