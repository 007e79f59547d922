// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.I2c;

/// <summary>Whole transfers for one bus that may wait, in the order of the ring. It hands each back, answered or not.</summary>
/// <param name="answer">A transfer was made, or left out; on the loop, in order.</param>
/// <param name="ended">All are answered, and the batch was on a worker meanwhile.</param>
internal sealed class I2cBatch(I2cBusSet set, EventLoop loop, Action<I2cGroup> answer, Action<Exception?> ended) : CallBatch(loop)
{
    /// <summary>
    /// Most transfers of a batch. By then a hand-over is shared by so many that more would win nothing; and a guest's
    /// transfers are held here with their buffers.
    /// </summary>
    internal const int Capacity = 32;

    private readonly I2cGroup[] _groups = new I2cGroup[Capacity];
    private readonly Stack<I2cGroup> _spare = new(Capacity);
    private int _count;
    private int _answered;

    internal bool IsEmpty => _count == 0;

    internal bool IsFull => _count == Capacity;

    /// <summary>The bus of its transfers.</summary>
    internal int Bus { get; private set; }

    protected override int Count => _count;

    /// <summary>A group that is empty, or null: all are in use.</summary>
    internal I2cGroup? Spare() => _spare.TryPop(out I2cGroup? group) ? group : null;

    /// <summary>Takes over a whole transfer; its bus is that of the others, if it goes to a bus at all.</summary>
    internal void Add(I2cGroup group)
    {
        if (group.Runnable > 0)
            Bus = group.Bus;
        _groups[_count++] = group;
    }

    /// <summary>Whether a transfer can be part of this batch.</summary>
    internal bool Fits(I2cGroup group) => group.Runnable == 0 || group.Bus == Bus;

    /// <summary>Answers the transfers that were made, up to the first <paramref name="count"/>.</summary>
    protected override void Made(int count)
    {
        while (_answered < count)
        {
            I2cGroup group = _groups[_answered++];
            answer(group);
            _spare.Push(group);
        }
    }

    /// <summary>Answers the rest and is empty again.</summary>
    internal void Finish()
    {
        Made(_count);
        _count = _answered = 0;
    }

    protected override void Call(int number)
    {
        if (IsCancelled)
            _groups[number].FailAll();
        else
            _groups[number].Transfer(set.Bus(Bus));
    }

    protected override void Done(Exception? fault)
    {
        Finish();
        ended(fault);
    }
}
