// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Vsock;

/// <summary>
/// One guest's end of a connection with another guest of this process. The packets between them, credit included, are
/// their own affair; that the connection exists is ours, so that both hear of its end when one of them is gone.
/// </summary>
internal sealed class SiblingFlow(VsockDevice device) : VsockFlow(device.Cid)
{
    internal VsockDevice Device { get; } = device;

    /// <summary>Packets of the other guest that wait for this one.</summary>
    internal int Waiting { get; set; }

    /// <summary>Whether it is nobody's, and waits to be used again.</summary>
    internal bool IsFree { get; set; }

    /// <summary>The end of the other guest.</summary>
    internal SiblingFlow Other { get; set; } = null!;

    /// <summary>Tells the guest that the connection is over.</summary>
    internal override PumpResult Pump(RxWriter rx)
    {
        VsockHeader header = HeaderOf(VsockOp.Reset);
        return rx.TrySend(in header) ? PumpResult.Idle : PumpResult.Starved;
    }
}
