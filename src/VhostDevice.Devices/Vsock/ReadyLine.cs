// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Vsock;

/// <summary>The connections of a guest that have something for it, in the order in which they got in line; each is there once.</summary>
/// <remarks>
/// Linked through the connections: nothing is kept here that grows with them, and getting in line takes a few stores.
/// </remarks>
internal struct ReadyLine
{
    private VsockFlow? _first;
    private VsockFlow? _last;

    internal readonly bool IsEmpty => _first is null;

    /// <summary>Puts a connection at the end; it must not be in line.</summary>
    internal void Add(VsockFlow flow)
    {
        flow.IsReady = true;
        if (_last is null)
            _first = flow;
        else
            _last.NextReady = flow;
        _last = flow;
    }

    /// <summary>Takes the first one out; there must be one.</summary>
    internal VsockFlow Take()
    {
        VsockFlow flow = _first!;
        _first = flow.NextReady;
        if (_first is null)
            _last = null;
        flow.NextReady = null;
        flow.IsReady = false;
        return flow;
    }
}
