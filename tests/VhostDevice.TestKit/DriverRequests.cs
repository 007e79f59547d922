// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.VhostUser.FrontEnd;

namespace VhostDevice.TestKit;

/// <summary>Requests as a driver makes them, in one call.</summary>
public static class DriverRequests
{
    /// <summary>Sends data, waits for the answer, and returns what the device says it wrote.</summary>
    /// <param name="room">Bytes that the device may write.</param>
    public static byte[] Request(this FrontEndDevice front, int queue, ReadOnlySpan<byte> data, uint room)
    {
        DriverQueue q = front.Queues[queue];
        ulong output = front.Memory.Allocate((ulong)Math.Max(1, data.Length));
        ulong input = front.Memory.Allocate(Math.Max(1, room));
        front.Memory.Write(output, data);
        List<DriverBuffer> buffers = [];
        if (!data.IsEmpty)
            buffers.Add(DriverBuffer.Readable(output, (uint)data.Length));
        if (room > 0)
            buffers.Add(DriverBuffer.Writable(input, room));
        ushort id = q.Add([.. buffers]);
        q.Submit();
        UsedChain used = q.Take();
        if (used.Id != id)
            throw new InvalidOperationException($"chain {used.Id} came back instead of {id}");
        byte[] answer = new byte[used.Length];
        front.Memory.Read(input, answer);
        front.Memory.Free(output);
        front.Memory.Free(input);
        return answer;
    }

    /// <summary>Waits for the next used chain.</summary>
    public static UsedChain Take(this DriverQueue queue)
    {
        if (!queue.WaitForUsed(LoopThread.Patience))
            throw new TimeoutException($"queue {queue.Index}: nothing was used in time");
        return queue.TryPop(out UsedChain used) ? used : throw new InvalidOperationException("nothing to pop");
    }

    /// <summary>A request with an answer of this size, not waited for.</summary>
    /// <returns>The chain's id, and where the answer will be.</returns>
    public static (ushort Id, ulong Address) Post(this FrontEndDevice front, int queue, uint room)
    {
        ulong address = front.Memory.Allocate(room);
        ushort id = front.Queues[queue].Add(DriverBuffer.Writable(address, room));
        front.Queues[queue].Submit();
        return (id, address);
    }
}
