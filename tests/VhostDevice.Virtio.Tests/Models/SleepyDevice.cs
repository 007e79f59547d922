// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Virtio.Tests.Models;

/// <summary>What the device's side may be made to do wrong, to show that the schedule notices.</summary>
internal enum Fault
{
    None,
    NoLookAfterRequest,
    NoRequest,
    NoInterruptAfterLateCompletion,
}

/// <summary>
/// The real queue with an owner and a device that look at the ring only when kicked. The device keeps some chains for
/// later and sometimes leaves some in the ring on purpose, until its timer runs out.
/// </summary>
internal sealed class SleepyDevice(ModelRing f, Random random, Fault fault) : IActor
{
    private readonly List<DescriptorChain> _held = [];
    private State _state = State.Idle;
    private bool _kicked;
    private bool _timer;

    private enum State
    {
        Idle,
        Begun,
        Serving,
        Served,
        Published,
    }

    public required Action Interrupt { get; init; }

    /// <summary>Turns that served nothing; a device that spins makes many of them.</summary>
    public int IdleTurns { get; private set; }

    private int TakenInTurn { get; set; }

    public bool IsAwake => _state != State.Idle || _kicked || _timer || _held.Count > 0;

    public void Kick() => _kicked = true;

    public void Step()
    {
        switch (_state)
        {
            case State.Idle when _held.Count > 0 && (!(_kicked || _timer) || random.Next(2) == 0):
                CompleteLate();
                break;
            case State.Idle:
                _kicked = _timer = false;
                f.Queue.BeginTurn(random.Next(1, 6));
                TakenInTurn = 0;
                _state = State.Begun;
                break;
            case State.Begun:
                f.Queue.SuppressKicks();
                _state = State.Serving;
                break;
            case State.Serving:
                Serve();
                break;
            case State.Served:
                f.Queue.EndTurn(paused: false);
                if (f.Queue.Publish())
                    Interrupt();
                _state = State.Published;
                break;
            default:
                Leave();
                break;
        }
    }

    private void Serve()
    {
        // The rate limit: what is in the ring stays there, and a timer comes back for it.
        if (random.Next(8) == 0)
        {
            _timer = true;
            _state = State.Served;
            return;
        }

        if (!f.Queue.TryPop(out DescriptorChain? chain))
        {
            if (TakenInTurn == 0)
                IdleTurns++;
            _state = State.Served;
            return;
        }

        TakenInTurn++;
        if (random.Next(3) == 0)
            _held.Add(chain);
        else
            f.Queue.Complete(chain, 16);
    }

    private void Leave()
    {
        bool again = f.Queue.OutOfBudget;
        if (!again && fault != Fault.NoRequest)
            again = f.Queue.RequestKicks() && fault != Fault.NoLookAfterRequest;
        _kicked |= again;
        _state = State.Idle;
    }

    private void CompleteLate()
    {
        int pick = random.Next(_held.Count);
        f.Queue.Complete(_held[pick], 16);
        _held.RemoveAt(pick);
        if (f.Queue.Publish() && fault != Fault.NoInterruptAfterLateCompletion)
            Interrupt();
    }
}
