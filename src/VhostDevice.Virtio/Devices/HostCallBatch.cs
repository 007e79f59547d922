// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Virtio.Devices;

/// <summary>Calls of a device for chains of one ring that go to one host side together, in the order of the ring.</summary>
internal sealed class HostCallBatch(HostCallDevice device, EventLoop loop) : CallBatch(loop)
{
    /// <summary>
    /// Most calls of a batch. By then a hand-over is shared by so many that more would win nothing; and a guest's requests
    /// are held here with their buffers.
    /// </summary>
    private const int Capacity = 32;

    // One that is gathered and one that waits for this batch may come back, too.
    private const int MostSpare = Capacity + 2;

    private readonly HostCall?[] _calls = new HostCall?[Capacity];
    private readonly bool[] _asked = new bool[Capacity]; // the host, as opposed to a call that was left out
    private readonly Stack<HostCall> _spare = new(MostSpare);
    private int _count;
    private int _answered;
    private int _queue;

    internal bool IsEmpty => _count == 0;

    internal bool IsFull => _count == Capacity;

    /// <summary>Who makes its calls; null: none of them is needed so far.</summary>
    internal HostCalls? Calls { get; private set; }

    protected override int Count => _count;

    internal HostCall? TakeSpare() => _spare.TryPop(out HostCall? call) ? call : null;

    internal void KeepSpare(HostCall call)
    {
        if (_spare.Count < MostSpare)
            _spare.Push(call);
    }

    /// <summary>Whether a call can be part of this batch.</summary>
    internal bool Fits(HostCall call) => !call.IsNeeded || call.Calls == Calls;

    internal void Add(HostCall call)
    {
        if (call.IsNeeded)
            Calls = call.Calls;
        _queue = call.Queue!.Index;
        _calls[_count++] = call;
    }

    /// <summary>Whether its calls are for chains of this queue.</summary>
    internal bool IsOf(Virtqueue queue) => _queue == queue.Index;

    /// <summary>It was taken back: what is not made never will be.</summary>
    internal void FailRest()
    {
        for (int i = _answered; i < _count; i++)
            _calls[i]!.Fail();
        Finish();
    }

    /// <summary>Answers the rest and is empty again.</summary>
    internal void Finish()
    {
        Made(_count);
        _count = _answered = 0;
    }

    protected override void Call(int number)
    {
        HostCall call = _calls[number]!;
        if (IsCancelled)
            call.Fail();
        _asked[number] = call.Execute();
    }

    protected override bool SpeaksForOthers(int number) => _asked[number];

    protected override void Made(int count)
    {
        while (_answered < count)
        {
            HostCall call = _calls[_answered]!;
            _calls[_answered++] = null;
            device.End(call);
            KeepSpare(call);
        }
    }

    protected override void Done(Exception? fault)
    {
        Finish();
        device.BatchEnded(fault);
    }
}
