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
public sealed class GpioDevice : VirtioDevice, IGuestLineOwner, IDeferred
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
    private DescriptorChain? _held;
    private GpioResponse _heldAnswer;
    private bool _returned;
    private bool _irq;
    private int _complaints;

    /// <param name="chip">Stays the caller's, and may be used by other devices, too.</param>
    /// <param name="lines">The lines to show, in the guest's order; at most <see cref="GpioLineChoice.MaxLines"/>.</param>
    /// <param name="name">Who has the lines, as other users of the chip see it.</param>
    public GpioDevice(IGpioChip chip, IReadOnlyList<GpioLineChoice> lines, string name, ILogger log)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(lines.Count, GpioLineChoice.MaxLines);
        Chip = chip;
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

    /// <summary>The rest of a request that returned event buffers.</summary>
    void IDeferred.RunDeferred()
    {
        Answer();
        _requests?.RequestService();
    }

    void IGuestLineOwner.Return(DescriptorChain pair, byte status)
    {
        _returned = true;
        pair.Writer().TryWrite(status);
        _events?.Complete(pair, sizeof(byte));
    }

    void IGuestLineOwner.ReportFailure(GuestLine line, Errno errno)
    {
        if (_complaints >= MaxComplaints)
            return;
        if (++_complaints == MaxComplaints)
            _log.LogWarning("more than this is not reported until the front-end has left");
        string? user = errno == Errno.EBUSY ? Chip.UserOf(line.HostLine) : null;
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

    private void ServeRequests(Virtqueue queue)
    {
        while (_held is null && queue.TryPop(out DescriptorChain? chain))
        {
            uint written = 0;
            _returned = false;
            try
            {
                if (!TryServe(chain, out GpioResponse answer, out written))
                {
                    if (_returned)
                    {
                        // Its event buffers must be back before a driver hears that the interrupt is disabled: it may
                        // queue them anew at once. The event queue is published after this turn, then comes the answer.
                        _held = chain;
                        _heldAnswer = answer;
                        Host.Loop.Defer(this);
                        return;
                    }

                    written = Write(chain, answer);
                }
            }
            catch (Exception fault) when (fault is not OutOfMemoryException)
            {
                Host.ReportFault(fault);
            }

            queue.Complete(chain, written);
        }
    }

    // True: all is written. False: the answer is to be.
    private bool TryServe(DescriptorChain chain, out GpioResponse answer, out uint written)
    {
        written = 0;
        answer = GpioResponse.Failed;
        if (chain.ReadableBytes != GpioRequest.Size || !chain.Reader().TryRead(out GpioRequest request))
            return false;
        if (request.Type == GpioMessage.GetLineNames)
            return TryWriteNames(chain, out written);
        // Nothing is done whose result would have no place.
        if (chain.WritableBytes != 2 || request.Line >= _lines.Length)
            return false;
        answer = Serve(Line(request.Line), request);
        return false;
    }

    private GpioResponse Serve(GuestLine line, GpioRequest request) => request.Type switch
    {
        GpioMessage.GetDirection => line.GetDirection(),
        GpioMessage.SetDirection => line.SetDirection(request.Value),
        GpioMessage.GetValue => line.GetValue(),
        GpioMessage.SetValue => line.SetValue(request.Value),
        GpioMessage.SetIrqType when _irq => line.SetIrqType(request.Value),
        _ => GpioResponse.Failed,
    };

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

    // Never beyond the buffer: one that is too short for the status gets nothing, too short for the value the status.
    private static uint Write(DescriptorChain chain, GpioResponse answer)
    {
        ChainWriter writer = chain.Writer();
        writer.TryWrite(answer);
        return writer.Written;
    }

    private void Answer()
    {
        if (_held is not { } chain)
            return;
        _held = null;
        _requests?.Complete(chain, Write(chain, _heldAnswer));
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
        foreach (GuestLine? line in _lines)
            line?.Release();
    }
}
