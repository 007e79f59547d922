// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.Virtio;

// A front-end for tests that kill it: asks an rng for random bytes, with as many requests under way as the ring has room
// for, until it dies. It says "served" when the first answers are there.
if (args is not [string socket, .. string[] rest] || rest is not ([] or ["--packed"]))
{
    Console.Error.WriteLine("usage: VhostDevice.TestGuest SOCKET [--packed]");
    return 2;
}

const int Length = 256;
FrontEndDeviceOptions options = new() { QueueSizes = [64], MemorySize = 1 << 20, ReplyTimeout = TimeSpan.FromSeconds(60) };
if (rest.Length > 0)
    options = options with { Features = options.Features | VirtioFeatures.RingPacked };
using FrontEndDevice device = FrontEndDevice.Connect(socket, options);
DriverQueue queue = device.Queues[0];
Stack<ulong> free = new();
Dictionary<ushort, ulong> outside = [];
for (int i = 0; i < queue.Size; i++)
    free.Push(device.Memory.Allocate(Length));
for (long answers = 0; ;)
{
    while (free.TryPop(out ulong at))
        outside.Add(queue.Add(DriverBuffer.Writable(at, Length)), at);
    queue.Submit();
    if (!queue.WaitForUsed(TimeSpan.FromSeconds(60)))
        throw new TimeoutException($"No answer came after {answers}.");
    while (queue.TryPop(out UsedChain used))
    {
        outside.Remove(used.Id, out ulong at);
        free.Push(at);
        if (++answers == queue.Size)
            Console.Error.WriteLine("served");
    }
}
