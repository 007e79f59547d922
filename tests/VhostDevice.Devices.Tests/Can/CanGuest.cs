// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using VhostDevice.Devices.Can;
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;

namespace VhostDevice.Devices.Tests.Can;

/// <summary>A guest with a CAN controller: the driver's side of the three queues.</summary>
internal sealed class CanGuest : IDisposable
{
    internal const ushort Size = 16;
    internal const uint Extended = 0x8000;
    internal const uint Fd = 0x4000;
    internal const uint Remote = 0x2000;

    internal CanGuest(
        ICanBus bus, FrontEndDeviceOptions? options = null, TimeSpan? patience = null, LoopThread? shared = null, CanFilters? filters = null)
    {
        BackEnd = new TestBackEnd<CanDevice>(
            () => new CanDevice(bus, Statistics, patience ?? LoopThread.Patience, Log, filters), shared: shared);
        Front = BackEnd.Attach(options ?? Options);
    }

    internal static FrontEndDeviceOptions Options { get; } = TestOptions.Small with { QueueSizes = [Size, Size, Size] };

    internal CanStatistics Statistics { get; } = new();

    internal RecordingLogger Log { get; } = new();

    internal TestBackEnd<CanDevice> BackEnd { get; }

    internal FrontEndDevice Front { get; private set; }

    internal byte Status => Front.ReadConfig(0, 2)[0];

    public void Dispose()
    {
        Front.Dispose();
        BackEnd.WaitForConnections(0);
        BackEnd.Dispose();
    }

    internal void Reconnect()
    {
        Front.Dispose();
        BackEnd.WaitForConnections(0);
        Front = BackEnd.Attach(Options);
    }

    /// <summary>A frame as the driver sends it.</summary>
    internal static byte[] Frame(uint id, ReadOnlySpan<byte> data, uint flags = 0, ushort type = 1, int? length = null)
    {
        byte[] frame = new byte[16 + data.Length];
        BinaryPrimitives.WriteUInt16LittleEndian(frame, type);
        BinaryPrimitives.WriteUInt16LittleEndian(frame.AsSpan(2), (ushort)(length ?? data.Length));
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(8), flags);
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(12), id);
        data.CopyTo(frame.AsSpan(16));
        return frame;
    }

    /// <summary>The same as the guest on the other side gets it.</summary>
    internal static byte[] Received(uint id, ReadOnlySpan<byte> data, uint flags = 0) => Frame(id, data, flags, type: 0x0101);

    internal byte[] Control(ushort type) => Front.Request(2, [(byte)type, (byte)(type >> 8)], 1);

    internal void Start() => Xunit.Assert.Equal([0], Control(0x0201));

    internal void Stop() => Xunit.Assert.Equal([0], Control(0x0202));

    internal byte[] Send(byte[] frame) => Front.Request(0, frame, 1);

    /// <summary>Puts a buffer into the receive queue.</summary>
    internal ulong Offer(uint room = 80) => Front.Post(1, room).Address;

    /// <summary>Waits for the buffer offered first to come back.</summary>
    internal byte[] Take(ulong at)
    {
        UsedChain used = Front.Queues[1].Take();
        byte[] frame = new byte[used.Length];
        Front.Memory.Read(at, frame);
        return frame;
    }

    /// <summary>Waits for a frame in a buffer that is offered now.</summary>
    internal byte[] Receive(uint room = 80) => Take(Offer(room));

    /// <summary>Sends frames in one go, without waiting.</summary>
    internal ulong[] Post(params ReadOnlySpan<byte[]> frames)
    {
        List<ulong> results = [];
        foreach (byte[] frame in frames)
        {
            ulong at = Front.Memory.Allocate((ulong)frame.Length + 1);
            Front.Memory.Write(at, frame);
            Front.Memory.Span(at + (ulong)frame.Length, 1)[0] = 0xA5;
            Front.Queues[0].Add(DriverBuffer.Readable(at, (uint)frame.Length), DriverBuffer.Writable(at + (ulong)frame.Length, 1));
            results.Add(at + (ulong)frame.Length);
        }

        Front.Queues[0].Submit();
        return [.. results];
    }

    internal byte Result(ulong at)
    {
        Xunit.Assert.Equal(1u, Front.Queues[0].Take().Length);
        return Front.Memory.Span(at, 1)[0];
    }
}
