// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers;
using System.Buffers.Binary;
using VhostDevice.Virtio.Devices;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.TestKit.Devices;

/// <summary>
/// Numbers the requests that it answers and fills each answer with the number and the sum of all numbers that drivers
/// sent: a device with state, in which a request that is lost, or served twice, shows for good.
/// </summary>
public sealed class CountingDevice(uint id = 42, uint version = 2) : RequestDevice
{
    public DeviceJournal Journal { get; } = new();

    /// <summary>Requests answered.</summary>
    public ulong Count { get; private set; }

    /// <summary>The sum of what they said.</summary>
    public ulong Sum { get; private set; }

    /// <summary>Thrown by <see cref="SaveState"/> and <see cref="TryLoadState"/>, if set.</summary>
    public Exception? Fault { get; set; }

    /// <summary>More bytes of state, which mean nothing.</summary>
    public int Ballast { get; set; }

    public override uint DeviceId => id;

    public override int QueueCount => 2;

    public override uint StateVersion => version;

    public override void SaveState(IBufferWriter<byte> target)
    {
        if (Fault is not null)
            throw Fault;
        Span<byte> state = target.GetSpan(16 + Ballast)[..(16 + Ballast)];
        state.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(state, Count);
        BinaryPrimitives.WriteUInt64LittleEndian(state[8..], Sum);
        target.Advance(state.Length);
    }

    /// <summary>Version 1 had no sum.</summary>
    public override bool TryLoadState(uint version, ReadOnlySpan<byte> state, out string problem)
    {
        if (Fault is not null)
            throw Fault;
        problem = version is 0 or > 2 ? "unknown version" : state.Length < (int)version * 8 ? $"{state.Length} bytes are too few" : "";
        if (problem.Length > 0)
            return false;
        Count = BinaryPrimitives.ReadUInt64LittleEndian(state);
        Sum = version == 1 ? 0 : BinaryPrimitives.ReadUInt64LittleEndian(state[8..]);
        return true;
    }

    public override void Reset()
    {
        Journal.Add("reset");
        Count = Sum = 0;
    }

    protected override uint Answer(Virtqueue queue, DescriptorChain request)
    {
        ChainReader reader = request.Reader();
        ChainWriter writer = request.Writer();
        if (reader.TryRead(out ulong value))
            Sum += value;
        Count++;
        while (writer.Remaining >= 16)
        {
            writer.TryWrite(Count);
            writer.TryWrite(Sum);
        }

        return writer.Written;
    }
}
