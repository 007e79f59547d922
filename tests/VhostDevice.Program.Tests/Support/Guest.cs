// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.VhostUser.FrontEnd;

namespace VhostDevice.Program.Tests.Support;

/// <summary>A driver of the entropy device: one queue, and room for buffers.</summary>
internal sealed class Guest : IDisposable
{
    private const int RoomBytes = 512 * 1024;

    private Guest(FrontEndDevice device)
    {
        Device = device;
        Queue = device.Split(0);
        Room = device.Memory.Allocate(RoomBytes);
    }

    internal FrontEndDevice Device { get; }

    internal SplitDriverQueue Queue { get; }

    /// <summary>Guest address of memory for buffers.</summary>
    internal ulong Room { get; }

    internal static FrontEndDeviceOptions Options { get; } = new()
    {
        QueueSizes = [64],
        MemorySize = 1 << 20,
        ReplyTimeout = Patience.Time,
    };

    internal static Guest Connect(string path, FrontEndDeviceOptions? options = null) => new(FrontEndDevice.Connect(path, options ?? Options));

    internal static Guest Attach(FrontEndConnection connection) => new(FrontEndDevice.Attach(connection, Options));

    /// <summary>Asks for bytes in one buffer and waits for the answer.</summary>
    internal byte[] Ask(int length)
    {
        ulong at = Room;
        Submit(at, length);
        return Answer(at, length);
    }

    /// <summary>Makes a buffer available.</summary>
    internal void Submit(ulong at, int length)
    {
        Device.Memory.Span(at, length).Clear();
        Queue.Add(DriverBuffer.Writable(at, (uint)length));
        Queue.Submit();
    }

    /// <summary>Waits for the answer in a buffer, which may be shorter than the buffer but has at least a byte.</summary>
    internal byte[] Answer(ulong at, int length)
    {
        UsedChain used = Next();
        Assert.InRange(used.Length, 1u, (uint)length);
        // The rest is as it was.
        Assert.True(Device.Memory.Span(at, length)[(int)used.Length..].IndexOfAnyExcept((byte)0) < 0, "Bytes beyond the answer changed.");
        return Device.Memory.Span(at, (int)used.Length).ToArray();
    }

    /// <summary>Waits for the next answer.</summary>
    internal UsedChain Next()
    {
        Assert.True(Queue.WaitForUsed(Patience.Time), "No answer came.");
        Assert.True(Queue.TryPop(out UsedChain used));
        return used;
    }

    /// <summary>Asks until so many bytes have come.</summary>
    internal byte[] Collect(int total, int perRequest = 4096)
    {
        List<byte> bytes = [];
        while (bytes.Count < total)
            bytes.AddRange(Ask(Math.Min(perRequest, total - bytes.Count)));
        return [.. bytes];
    }

    public void Dispose() => Device.Dispose();
}
