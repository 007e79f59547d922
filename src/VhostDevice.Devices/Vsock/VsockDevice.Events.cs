// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers;
using System.Buffers.Binary;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Devices.Vsock;

/// <summary>
/// The transport reset (virtio 1.3 §5.10.6.7): after a restore, or when this process took over from another one, none of
/// the connections that the driver knows exists any more. It is told so before it gets any packet.
/// </summary>
public sealed partial class VsockDevice
{
    private const uint TransportReset = 0;

    private Virtqueue? _events;

    // Rings that have been started, a bit each. One that does not begin anew at its first start is one of a driver that
    // worked with somebody else before. Any of them tells.
    private uint _known;
    private bool _resetDue;
    private long _gateUntil;

    /// <summary>How long packets wait for a driver that reads the event and does not give the buffer back.</summary>
    internal TimeSpan AcknowledgePatience { get; init; } = TimeSpan.FromSeconds(1);

    public override uint StateVersion => 1;

    /// <summary>Whether packets wait until the driver has seen the transport reset. Front-ends that keep the event queue to
    /// themselves (QEMU) see to it themselves.</summary>
    private bool IsGated => _gateUntil != 0 && _events is not null;

    /// <summary>The guest's CID, so that nobody gives a guest the state of another one. Connections cannot be moved.</summary>
    public override void SaveState(IBufferWriter<byte> target)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(target.GetSpan(sizeof(ulong)), Cid);
        target.Advance(sizeof(ulong));
    }

    public override bool TryLoadState(uint version, ReadOnlySpan<byte> state, out string problem)
    {
        problem = "";
        if (version != StateVersion || state.Length != sizeof(ulong))
            problem = $"{state.Length} bytes where {sizeof(ulong)} were expected";
        else if (BinaryPrimitives.ReadUInt64LittleEndian(state) is var cid && cid != Cid)
            problem = $"it is the state of guest {cid}, and this one is {Cid}";
        if (problem.Length > 0)
            return false;
        DropAll();
        AnnounceReset();
        return true;
    }

    private void NoteFormerLife(Virtqueue queue)
    {
        uint ring = 1U << queue.Index;
        if ((_known & ring) == 0 && !queue.BeginsAnew && !_resetDue && _gateUntil == 0)
            AnnounceReset();
        _known |= ring;
    }

    private void AnnounceReset()
    {
        _resetDue = true;
        _gateUntil = Now + (long)AcknowledgePatience.TotalMilliseconds;
        StartTicker();
    }

    private void OpenGate()
    {
        _gateUntil = 0;
        SchedulePump();
    }

    private void ServeEvents(Virtqueue queue)
    {
        // A kick after the event was told: its buffer came back, so the driver has read it.
        if (_gateUntil != 0 && !_resetDue)
            OpenGate();
        if (!_resetDue || !queue.TryPop(out DescriptorChain? chain))
            return;
        ChainWriter writer = chain.Writer();
        _resetDue = !writer.TryWrite(TransportReset);
        queue.Complete(chain, writer.Written);
    }
}
