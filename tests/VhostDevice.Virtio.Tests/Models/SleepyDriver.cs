// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Tests.Support;

namespace VhostDevice.Virtio.Tests.Models;

/// <summary>
/// A driver that looks at the used ring only when interrupted, and kicks only when asked: as the specification has it
/// (virtio 1.3 §2.7.13 and §2.7.14), every access to shared memory a step of its own.
/// </summary>
internal sealed class SleepyDriver(ModelRing ring, bool eventIdx, int total, Random random) : IActor
{
    private int _offered;
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
            case State.Filling when _offered < total && ring.Free > 0 && (_batch == 0 || random.Next(3) > 0):
                _ = ring.Put([Desc.In(ring.Data, 16)]);
                _offered++;
                _batch++;
                break;
            case State.Filling when _batch > 0:
                ring.Expose();
                _state = State.Exposed;
                break;
            case State.Filling:
                _state = State.Taking;
                break;
            case State.Exposed:
                if (ring.WantsKick(_batch, _batch))
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
                _state = ring.HasUsed ? State.Taking : State.Asleep;
                break;
            default:
                _interrupted = false;
                if (!eventIdx && random.Next(2) == 0)
                    ring.WantNoInterrupt(); // awake: no interrupts for now
                _state = State.Taking;
                break;
        }
    }

    private void Take()
    {
        if (ring.TryTakeUsed(out _, out uint length))
        {
            Assert.Equal(16u, length);
            Returned++;
            return;
        }

        if (_offered < total && ring.Free > 0)
        {
            _state = State.Filling;
            return;
        }

        // Wants an interrupt for the next one, or, in less of a hurry, for one of those that are out.
        int behind = random.Next(2) == 0 ? 0 : random.Next(_offered - Returned);
        ring.WantInterrupt(behind);
        _state = State.Armed;
    }
}
