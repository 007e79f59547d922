// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Vsock;

/// <summary>
/// What the guest receives. Whoever has something for it gets in line, and all of them have their turn once, at the end
/// of the loop's turn: many packets, one interrupt.
/// </summary>
public sealed partial class VsockDevice
{
    /// <summary>Connections that are served in one go, after which the loop looks at its descriptors again.</summary>
    private const int TurnsPerPump = 128;

    private readonly RxWriter _rx = new();
    private readonly Queue<VsockHeader> _replies = new();
    private ReadyLine _ready;
    private ReceiveTurn? _receive;
    private bool _pumpScheduled;

    /// <summary>Gets a connection in line to send to the guest.</summary>
    internal void Activate(VsockFlow flow)
    {
        if (flow.IsReady)
            return;
        _ready.Add(flow);
        SchedulePump();
    }

    /// <summary>Whether the guest takes packets, as far as is known.</summary>
    internal bool CanReceive => _rx.Queue is not null && !_rx.IsStarved && !IsGated;

    internal void SchedulePump()
    {
        if (_pumpScheduled || !CanReceive)
            return;
        _pumpScheduled = true;
        Loop.Yield(_receive!);
    }

    private void Pump()
    {
        _pumpScheduled = false;
        if (_rx.Queue is null || IsGated || !SendReplies())
            return;
        // The two kinds of senders alternate, so that neither starves the other.
        for (int turns = TurnsPerPump; turns > 0 && (!_ready.IsEmpty || !Inbox.IsEmpty); turns--)
        {
            if (!Inbox.IsEmpty && !Inbox.TryDeliver(_rx))
                return;
            if (!_ready.IsEmpty && !PumpNext())
                return;
        }

        if (!_ready.IsEmpty || !Inbox.IsEmpty)
            SchedulePump();
    }

    private bool SendReplies()
    {
        bool wasFull = _replies.Count >= MaxReplies;
        while (_replies.TryPeek(out VsockHeader reply))
        {
            if (!_rx.TrySend(in reply))
                return false;
            _replies.Dequeue();
            if (wasFull)
                _tx?.RequestService();
            wasFull = false;
        }

        return true;
    }

    private bool PumpNext()
    {
        VsockFlow flow = _ready.Take();
        PumpResult result = flow.Pump(_rx);
        if (result != PumpResult.Idle && !flow.IsReady)
        {
            _ready.Add(flow);
        }
        else if (flow is SiblingFlow sibling)
        {
            Siblings.FreeIfDone(sibling);
        }

        return result != PumpResult.Starved;
    }

    private sealed class ReceiveTurn(VsockDevice device) : IDeferred
    {
        public void RunDeferred() => device.Pump();
    }
}
