// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Can;

/// <summary>The errors that people ordered for a bus or a controller. Under the bus's lock.</summary>
internal sealed class CanFaultPlan
{
    private CanFault _kind;
    private int _left;
    private long _unacknowledgedUntil = long.MinValue;

    /// <summary>The next frames are destroyed, each time that they are sent; 0: none any more.</summary>
    internal void Destroy(CanFault kind, int frames) => (_kind, _left) = (kind, frames);

    /// <summary>Nobody acknowledges frames until then.</summary>
    internal void WithholdAcknowledgement(long until) => _unacknowledgedUntil = until;

    /// <summary>What becomes of a frame that is sent now.</summary>
    internal CanFault Next(long now)
    {
        if (now < _unacknowledgedUntil)
            return CanFault.Acknowledgement;
        if (_left == 0)
            return CanFault.None;
        _left--;
        return _kind;
    }
}
