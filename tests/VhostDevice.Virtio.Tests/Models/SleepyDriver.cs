// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Queues;
using VhostDevice.Virtio.Tests.Support;

namespace VhostDevice.Virtio.Tests.Models;

/// <summary>
/// A driver that looks at the used ring only when interrupted, and kicks only when asked: as the specification has it
/// (virtio 1.3 §2.7.13 and §2.7.14), every access to shared memory a step of its own.
/// </summary>
internal sealed class SleepyDriver(RingFixture f, bool eventIdx, int total, Random random) : IActor
{
    private readonly Stack<ushort> _free = new(Enumerable.Range(0, f.Driver.Size).Select(static i => (ushort)i));
    private ushort _exposed = f.Driver.AvailableIndex;
    private int _offered;
    private ushort _taken = f.Driver.UsedIndex;
    private int _batch;
    private State _state = State.Filling;
    private bool _interrupted;

    private enum State
    {
        Filling,
        Exposed,
        Taking,
        Armed,
        Asleep,
    }

    public int Returned { get; private set; }

    public int Interrupts { get; private set; }

    public int Kicks { get; private set; }

    public bool IsDone => Returned == total;

    public bool IsAwake => !IsDone && (_state != State.Asleep || _interrupted);

    public required Action Kick { get; init; }

    public void Interrupt()
    {
        Interrupts++;
        _interrupted = true;
    }

    public void Step()
    {
        switch (_state)
        {
            case State.Filling when _offered < total && _free.Count > 0 && (_batch == 0 || random.Next(3) > 0):
                ushort head = _free.Pop();
                f.Driver.Put(f.Driver.Chain(head, Desc.In(f.Data, 16)));
                _offered++;
                _batch++;
                break;
            case State.Filling when _batch > 0:
                _exposed += (ushort)_batch;
                f.Driver.Expose();
                _state = State.Exposed;
                break;
            case State.Filling:
                _state = State.Taking;
                break;
            case State.Exposed:
                if (WantsKick())
                {
                    Kicks++;
                    Kick();
                }

                _batch = 0;
                // Not every batch is followed by a look at what came back.
                _state = random.Next(2) == 0 ? State.Filling : State.Taking;
                break;
            case State.Taking:
                Take();
                break;
            case State.Armed:
                // The last look, after interrupts were asked for.
                _state = f.Driver.UsedIndex == _taken ? State.Asleep : State.Taking;
                break;
            default:
                _interrupted = false;
                if (!eventIdx && random.Next(2) == 0)
                    f.Driver.AvailableFlags = 1; // awake: no interrupts for now
                _state = State.Taking;
                break;
        }
    }

    private bool WantsKick()
    {
        if (!eventIdx)
            return (f.Driver.UsedFlags & 1) == 0;
        // An entry was written at the index that avail_event names.
        for (ushort i = (ushort)(_exposed - _batch); i != _exposed; i++)
        {
            if (i == f.Driver.AvailEvent)
                return true;
        }

        return false;
    }

    private void Take()
    {
        if (f.Driver.TryTakeUsed(out SplitUsedElement element))
        {
            Assert.Equal(16u, element.Length);
            _taken++;
            _free.Push((ushort)element.Id);
            Returned++;
            return;
        }

        if (_offered < total && _free.Count > 0)
        {
            _state = State.Filling;
            return;
        }

        // Wants an interrupt for the next one, or, in less of a hurry, for one of those that are out.
        int behind = random.Next(2) == 0 ? 0 : random.Next(_offered - Returned);
        if (eventIdx)
            f.Driver.UsedEvent = (ushort)(_taken + behind);
        else
            f.Driver.AvailableFlags = 0;
        _state = State.Armed;
    }
}
