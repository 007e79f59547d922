// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using VhostDevice.Linux;
using VhostDevice.Virtio.Devices;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Devices.Sound;

/// <summary>
/// The sound device (virtio 1.3 §5.14): a card whose streams play into lines of the host and record from them. Requests come on
/// the first queue, the device reports on the second, what is played comes on the third, what is recorded goes into the fourth.
/// </summary>
/// <remarks>A request that makes no sense, or not now, is answered so and changes nothing. Every buffer comes back.</remarks>
public sealed partial class SoundDevice : VirtioDevice, IPcmOwner, IDeferred
{
    /// <summary>VIRTIO_SND_F_CTLS.</summary>
    public const ulong Controls = 1 << 0;

    private const int ControlQueue = 0;
    private const int EventQueue = 1;
    private const int TransmitQueue = 2;
    private const int ReceiveQueue = 3;

    // What happens faster than a driver takes notice of it is not worth more.
    private const int MaxEvents = 64;
    private const int ScratchBytes = 16 << 10;

    private readonly SoundCard _card;
    private readonly ILogger _log;
    private readonly byte[] _config = new byte[SoundConfig.Size];
    private readonly PcmStream[] _streams;
    private readonly Action _moved;
    private byte[]? _scratch;
    private GuestMailbox<SoundEvent>? _events;
    private LoopTimer? _timer;
    private bool _hasControls;
    private bool _isStateKnown;

    /// <param name="card">Stays the caller's.</param>
    public SoundDevice(SoundCard card, ILogger log)
    {
        _card = card;
        _log = log;
        _moved = Advance;
        _streams = new PcmStream[card.Ports.Count];
        for (int id = 0; id < _streams.Length; id++)
            _streams[id] = new PcmStream(this, id, card.Ports[id], log);
        MemoryMarshal.Write(_config, new SoundConfig
        {
            Jacks = (uint)card.Ports.Count,
            Streams = (uint)card.Ports.Count,
            ChannelMaps = (uint)card.MapCount,
            Controls = (uint)(card.Ports.Count * SoundControl.PerPort),
        });
    }

    public override uint DeviceId => 25;

    public override int QueueCount => 4;

    public override ulong Features => Controls;

    public override ReadOnlySpan<byte> Config => _config;

    /// <summary>The streams as they were set up, and their volumes.</summary>
    public override uint StateVersion => 1;

    EventLoop IPcmOwner.Loop => Host.Loop;

    Action IPcmOwner.Moved => _moved;

    byte[] IPcmOwner.Scratch => _scratch ??= new byte[ScratchBytes];

    public override void AcceptFeatures(ulong features) => _hasControls = (features & Controls) != 0;

    public override void QueueStarted(Virtqueue queue)
    {
        switch (queue.Index)
        {
            case ControlQueue:
                // What a former driver left running is not this one's.
                if (queue.BeginsAnew)
                    Reset();
                else if (!_isStateKnown)
                    ResumeOwn();
                _isStateKnown = true;
                break;
            case EventQueue:
                _events!.Start(queue);
                break;
            default:
                _queues[queue.Index - TransmitQueue] = _started[queue.Index - TransmitQueue] = queue;
                break;
        }
    }

    public override void QueueStopping(Virtqueue queue)
    {
        if (queue.Index == ControlQueue)
            AnswerHeld();
        else if (queue.Index == EventQueue)
            _events!.Stop();
        else
            PutAllBack(queue);
    }

    public override void ServeQueue(Virtqueue queue)
    {
        if (queue.Index == ControlQueue)
            Control(queue);
        else if (queue.Index == EventQueue)
            _events!.Serve(queue);
        else
            Transfer(queue);
    }

    public override bool TryAbandon(Virtqueue queue)
    {
        if (queue.Index < TransmitQueue)
            return queue.InFlight == 0;
        foreach (PcmStream stream in _streams)
        {
            if (QueueOf(stream.Port.Direction) == queue.Index)
                stream.Forget();
        }

        return true;
    }

    public override void Reset()
    {
        foreach (PcmStream stream in _streams)
            stream.Reset();
    }

    public override void SaveState(IBufferWriter<byte> target) => SoundState.Save(_streams, target);

    public override bool TryLoadState(uint version, ReadOnlySpan<byte> state, out string problem)
    {
        problem = version != StateVersion ? $"version {version} of it is not known here" : "";
        bool isLoaded = problem.Length == 0 && SoundState.TryLoad(_streams, state, out problem);
        _isStateKnown |= isLoaded;
        return isLoaded;
    }

    public override IEnumerable<string> DescribeState()
    {
        foreach (PcmStream stream in _streams)
            yield return stream.Description;
    }

    protected override void OnAttached()
    {
        _events = new GuestMailbox<SoundEvent>(Host, MaxEvents, WriteEvent, dropsOldest: true);
        if (Host.Loop.CreateTimer(Advance, out _timer) is { IsError: true } errno)
            _log.LogWarning("no timer: {Errno}; nothing is played or recorded", errno);
        foreach (SoundPort port in _card.Ports)
            port.Changed += OnChanged;
    }

    protected override void Dispose(bool disposing)
    {
        foreach (SoundPort port in _card.Ports)
            port.Changed -= OnChanged;
        // The next front-end may go on with the same driver.
        _card.Kept = SoundState.Save(_streams);
        Reset();
        _timer?.Dispose();
        base.Dispose(disposing);
    }

    void IPcmOwner.Report(SoundEvent item) => _ = _events!.Items.TryAdd(item);

    // A driver that goes on where its front-end was away for a while.
    private void ResumeOwn()
    {
        if (_card.Kept is { } kept && SoundState.TryLoad(_streams, kept, out _))
            return;
        _log.LogWarning("the guest goes on with streams that this process does not know: its programs have to open them again");
    }

    private uint WriteEvent(DescriptorChain buffer, SoundEvent item)
    {
        if (buffer.WritableBytes < SoundEvent.Size)
            return 0;
        ChainWriter writer = buffer.Writer();
        writer.TryWrite(item);
        return writer.Written;
    }

    // From any thread.
    private void OnChanged(SoundPort port, SoundChange change)
    {
        int number = 0;
        while (_card.Ports[number] != port)
            number++;
        if (change == SoundChange.Jack)
            _ = _events!.Items.TryAdd(SoundEvent.Jack(number, port.IsPlugged));
        else if (_hasControls)
            _ = _events!.Items.TryAdd(SoundEvent.ControlValue((number * SoundControl.PerPort) + (change == SoundChange.Mute ? 1 : 0)));
    }
}
