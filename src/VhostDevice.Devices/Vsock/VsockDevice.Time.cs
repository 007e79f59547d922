// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Vsock;

/// <summary>What waits, and not for ever: one timer for all, which runs while there is something to look at.</summary>
public sealed partial class VsockDevice
{
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(100);

    private readonly List<SocketFlow> _timed = [];
    private LoopTimer? _ticker;

    /// <summary>Milliseconds of a clock that only goes forward.</summary>
    internal long Now => Clock();

    /// <summary>Where <see cref="Now"/> comes from.</summary>
    internal Func<long> Clock { get; init; } = static () => Environment.TickCount64;

    internal void StartTicker()
    {
        if (_ticker is null && Loop.CreateTimer(Tick, out _ticker).IsError)
            return;
        if (!_ticker!.IsSet)
            _ticker.Start(s_tick);
    }

    /// <summary>Looks at everything that waits.</summary>
    internal void Tick()
    {
        long now = Now;
        for (int i = _timed.Count - 1; i >= 0; i--)
        {
            SocketFlow flow = _timed[i];
            if (flow.Deadline != 0)
                flow.Tick(now);
            // It may have got another deadline.
            if (flow.Deadline != 0)
                continue;
            flow.IsTimed = false;
            _timed[i] = _timed[^1];
            _timed.RemoveAt(_timed.Count - 1);
        }

        if (_gateUntil != 0 && now >= _gateUntil)
            OpenGate();
        bool waits = Siblings.Tick(now);
        if (_timed.Count > 0 || _gateUntil != 0 || waits)
            _ticker!.Start(s_tick);
    }

    private void Time(SocketFlow flow)
    {
        if (flow.IsTimed)
            return;
        flow.IsTimed = true;
        _timed.Add(flow);
        StartTicker();
    }
}
