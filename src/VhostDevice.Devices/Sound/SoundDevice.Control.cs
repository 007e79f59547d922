// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;
using VhostDevice.Linux;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Devices.Sound;

// Requests of the control queue.
public sealed partial class SoundDevice
{
    private const int CodeBytes = 4;
    private const int NumberBytes = 4;

    private delegate void ItemWriter(int number, Span<byte> target);

    private Virtqueue? _control;
    private DescriptorChain? _held;
    private uint _heldWritten;
    private bool _returned;

    /// <summary>What a held request has given back is published.</summary>
    void IDeferred.RunDeferred()
    {
        AnswerHeld();
        _control?.RequestService();
    }

    private void Control(Virtqueue queue)
    {
        _control = queue;
        while (_held is null && queue.TryPop(out DescriptorChain? chain))
        {
            uint written = 0;
            _returned = false;
            // Without a place for the status nothing is done.
            if (chain.WritableBytes >= CodeBytes)
                written = Answer(chain);
            else
                queue.Counters.Errors++;
            if (!_returned)
            {
                queue.Complete(chain, written);
                continue;
            }

            // Buffers must be back before a driver hears that their stream is released (virtio 1.3 §5.14.6.6.5). Their queue is
            // published after this turn, then comes the answer.
            (_held, _heldWritten) = (chain, written);
            Host.Loop.Defer(this);
        }
    }

    private void AnswerHeld()
    {
        if (_held is not { } chain)
            return;
        _held = null;
        _control!.Complete(chain, _heldWritten);
    }

    private uint Answer(DescriptorChain chain)
    {
        ChainReader reader = chain.Reader();
        SoundStatus status = SoundStatus.BadMessage;
        uint payload = 0;
        if (reader.TryRead(out SoundMessage message))
        {
            status = message switch
            {
                SoundMessage.JackInfo => Items(chain, reader, _card.Ports.Count, JackInfo.Size, WriteJack, out payload),
                SoundMessage.PcmInfo => Items(chain, reader, _streams.Length, PcmInfo.Size, WritePcm, out payload),
                SoundMessage.ChannelMapInfo => Items(chain, reader, _card.MapCount, ChannelMap.Size, _card.WriteMap, out payload),
                SoundMessage.SetParameters or SoundMessage.Prepare or SoundMessage.Release or SoundMessage.Start or SoundMessage.Stop
                    => OfStream(message, ref reader),
                >= SoundMessage.ControlInfo and <= SoundMessage.ControlTlvCommand when _hasControls => OfControl(message, chain, reader, out payload),
                _ => SoundStatus.NotSupported,
            };
        }

        ChainWriter writer = chain.Writer();
        writer.TryWrite(status);
        return CodeBytes + (status == SoundStatus.Ok ? payload : 0);
    }

    private SoundStatus OfStream(SoundMessage message, ref ChainReader reader)
    {
        if (!reader.TryRead(out uint number) || number >= (uint)_streams.Length)
            return SoundStatus.BadMessage;
        PcmStream stream = _streams[number];
        if (_queues[QueueOf(stream.Port.Direction) - TransmitQueue] is { } queue)
        {
            // The driver has sent them before this request.
            Take(queue);
        }

        SoundStatus status = message switch
        {
            SoundMessage.SetParameters => reader.TryRead(out PcmParameters parameters) ? stream.SetParameters(parameters) : SoundStatus.BadMessage,
            SoundMessage.Prepare => stream.Prepare(),
            SoundMessage.Release => stream.Release(),
            SoundMessage.Start => stream.Start(),
            _ => stream.Stop(),
        };
        if (status != SoundStatus.Ok)
            stream.Port.Statistics.CountRefused();
        Advance();
        return status;
    }

    // Information about some of the items of a kind.
    private static SoundStatus Items(DescriptorChain chain, ChainReader reader, int there, int itemBytes, ItemWriter write, out uint payload)
    {
        payload = 0;
        if (!reader.TryRead(out SoundQuery query) || query.First >= (uint)there || query.Count > (uint)there - query.First
            || chain.WritableBytes - CodeBytes < (ulong)query.Count * (uint)itemBytes)
            return SoundStatus.BadMessage;
        ChainWriter writer = chain.Writer();
        _ = writer.TrySkip(CodeBytes);
        Span<byte> item = stackalloc byte[itemBytes];
        for (uint i = 0; i < query.Count; i++)
        {
            item.Clear();
            write((int)(query.First + i), item);
            writer.Write(item);
        }

        payload = writer.Written - CodeBytes;
        return SoundStatus.Ok;
    }

    private void WriteJack(int number, Span<byte> target) => MemoryMarshal.Write(target, JackInfo.Of(_card.Ports[number]));

    private void WritePcm(int number, Span<byte> target)
    {
        SoundPort port = _card.Ports[number];
        MemoryMarshal.Write(target, new PcmInfo
        {
            Node = port.Node,
            Features = PcmFeatures.Offered,
            Formats = port.Abilities.Formats,
            Rates = port.Abilities.Rates,
            Direction = port.Direction,
            LeastChannels = (byte)port.Abilities.LeastChannels,
            MostChannels = (byte)port.Abilities.MostChannels,
        });
    }

    private SoundStatus OfControl(SoundMessage message, DescriptorChain chain, ChainReader reader, out uint payload)
    {
        payload = 0;
        int there = _card.Ports.Count * SoundControl.PerPort;
        if (message == SoundMessage.ControlInfo)
        {
            // C's padding makes the item larger to some drivers.
            ChainReader look = reader;
            int bytes = look.TryRead(out SoundQuery query) && query.ItemBytes == SoundControl.InfoBytes
                ? SoundControl.InfoBytes : SoundControl.AlignedInfoBytes;
            return Items(chain, reader, there, bytes, WriteControl, out payload);
        }

        if (!reader.TryRead(out uint number) || number >= (uint)there)
            return SoundStatus.BadMessage;
        int control = (int)number;
        SoundPort port = _card.Ports[control / SoundControl.PerPort];
        Span<byte> value = stackalloc byte[SoundControl.ValueBytes];
        value.Clear();
        int valueBytes = SoundControl.CountOf(port, control) * sizeof(uint);
        switch (message)
        {
            case SoundMessage.ControlRead:
                SoundControl.ReadValue(port, control, value);
                return WriteBehind(chain, value, valueBytes, out payload);
            case SoundMessage.ControlWrite:
                return reader.Read(value) >= valueBytes && SoundControl.TryWriteValue(port, control, value)
                    ? SoundStatus.Ok : SoundStatus.BadMessage;
            case SoundMessage.ControlTlvRead when SoundControl.IsVolume(control):
                SoundControl.WriteTlv(value);
                // As much as there is room for (virtio 1.3 §5.14.6.10.3).
                return WriteBehind(chain, value[..SoundControl.TlvBytes], 0, out payload);
            default:
                return SoundStatus.NotSupported;
        }
    }

    private void WriteControl(int number, Span<byte> target)
    {
        int port = number / SoundControl.PerPort;
        int before = 0;
        for (int i = 0; i < port; i++)
            before += _card.Ports[i].Direction == _card.Ports[port].Direction ? 1 : 0;
        SoundControl.WriteInfo(target, _card.Ports[port], number, before);
    }

    private static SoundStatus WriteBehind(DescriptorChain chain, ReadOnlySpan<byte> value, int least, out uint payload)
    {
        ChainWriter writer = chain.Writer();
        _ = writer.TrySkip(CodeBytes);
        payload = (uint)writer.Write(value);
        return payload >= (uint)least ? SoundStatus.Ok : SoundStatus.BadMessage;
    }
}
