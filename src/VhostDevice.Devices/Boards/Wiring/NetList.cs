// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;

namespace VhostDevice.Devices.Boards.Wiring;

/// <summary>All wires of a board.</summary>
public sealed class NetList
{
    /// <summary>A change that leads to more changes than this leads in a circle.</summary>
    private const int MaxSteps = 10_000;

    private readonly Board _board;
    private readonly ILogger _log;
    private readonly List<Net> _nets = [];
    private readonly Queue<Net> _queue = new();
    private bool _settling;
    private bool _complained;

    internal NetList(Board board, ILogger log)
    {
        _board = board;
        _log = log;
    }

    /// <summary>The wires, those with one pin included; final when the board is built.</summary>
    public IReadOnlyList<Net> All => _nets;

    /// <summary>Wires two pins, and all that they are wired to, together.</summary>
    public void Connect(Pin first, Pin second)
    {
        lock (_board.Gate)
        {
            (Net kept, Net gone) = (first.Net, second.Net);
            if (kept == gone)
                return;
            kept.Take(gone);
            _nets.RemoveAt(gone.Index);
            for (int i = gone.Index; i < _nets.Count; i++)
                _nets[i].Index = i;
            // Both sides must hear, also of a level that the other side had before.
            bool changed = kept.Update();
            if (changed || gone.Level != kept.Level)
            {
                kept.Tell();
                Settle(kept);
            }
        }
    }

    internal Net Create(Pin pin)
    {
        Net net = new(pin) { Index = _nets.Count };
        _nets.Add(net);
        return net;
    }

    /// <summary>Works out a net's level, tells its pins, and goes on with the nets that change because of that.</summary>
    internal void Settle(Net net)
    {
        if (!net.IsQueued)
        {
            net.IsQueued = true;
            _queue.Enqueue(net);
        }

        if (_settling)
            return;
        _settling = true;
        try
        {
            for (int steps = 0; _queue.TryDequeue(out Net? next); steps++)
            {
                next.IsQueued = false;
                if (steps == MaxSteps)
                {
                    GiveUp(next);
                    return;
                }

                if (!next.Update())
                    continue;
                _board.Recorder?.Level(next);
                next.Tell();
            }
        }
        finally
        {
            _settling = false;
        }
    }

    private void GiveUp(Net net)
    {
        while (_queue.TryDequeue(out Net? left))
            left.IsQueued = false;
        if (_complained)
            return;
        _complained = true;
        _log.LogWarning("the wire at {Pin} changes for ever: what it does leads in a circle", net.Pins[0].FullName);
    }
}
