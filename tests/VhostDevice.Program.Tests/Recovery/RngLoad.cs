// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.VhostUser.FrontEnd;

namespace VhostDevice.Program.Tests.Recovery;

/// <summary>As many requests for random bytes as the ring has room for, over and over.</summary>
internal sealed class RngLoad
{
    private readonly FrontEndDevice _device;
    private readonly DriverQueue _queue;
    private readonly int _length;
    private readonly ulong[] _buffers;
    private readonly Stack<int> _free = new();
    private readonly Dictionary<ushort, int> _bufferOf = [];

    public RngLoad(FrontEndDevice device, int length)
    {
        _device = device;
        _queue = device.Queues[0];
        _length = length;
        _buffers = new ulong[_queue.Size];
        for (int i = 0; i < _buffers.Length; i++)
        {
            _buffers[i] = device.Memory.Allocate((ulong)length);
            _free.Push(i);
        }
    }

    /// <summary>Answers so far.</summary>
    public int Returned { get; private set; }

    /// <summary>Goes on until so many more answers came.</summary>
    public void Run(int answers)
    {
        for (int end = Returned + answers; Returned < end;)
        {
            Fill();
            Take();
        }
    }

    public void Fill()
    {
        while (_free.Count > 0)
        {
            int buffer = _free.Pop();
            _device.Memory.Span(_buffers[buffer], _length).Clear();
            _bufferOf.Add(_queue.Add(DriverBuffer.Writable(_buffers[buffer], (uint)_length)), buffer);
        }

        _queue.Submit();
    }

    /// <summary>Waits for all that is out.</summary>
    public void Drain()
    {
        while (_bufferOf.Count > 0)
            Take();
        Assert.Equal(0, _queue.InFlight);
        Assert.False(_queue.HasUsed);
    }

    // The queue itself objects to an answer for what is not in flight.
    private void Take()
    {
        Assert.True(_queue.WaitForUsed(Patience.Time), $"Stuck after {Returned} answers with {_bufferOf.Count} requests out.");
        while (_queue.TryPop(out UsedChain used))
        {
            Assert.True(_bufferOf.Remove(used.Id, out int buffer));
            Assert.InRange(used.Length, 1u, (uint)_length);
            Assert.True(_device.Memory.Span(_buffers[buffer], _length).IndexOfAnyExcept((byte)0) >= 0, "The answer has no random bytes.");
            _free.Push(buffer);
            Returned++;
        }
    }
}
