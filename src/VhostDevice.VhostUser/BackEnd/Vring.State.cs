// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.VhostUser.BackEnd;

/// <summary>What there is to tell about a ring.</summary>
internal sealed partial class Vring
{
    internal string DescribeState()
    {
        string layout = IsPacked ? "packed" : "split";
        return $"ring {_index}: {StateName}, {layout}, size {_size}, base {_queue?.Base ?? _base}, in flight {InFlight}; {StateText.Of(_counters)}";
    }

    private string StateName
    {
        get
        {
            if (_queue is { IsBroken: true })
                return "broken";
            if (_live)
                return "live";
            if (!_state.Started)
                return "stopped";
            return _state.Enabled ? "incomplete" : "disabled";
        }
    }
}
