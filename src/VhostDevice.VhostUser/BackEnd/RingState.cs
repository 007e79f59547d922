// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.VhostUser.BackEnd;

/// <summary>What moves a ring between its states.</summary>
public enum RingEvent
{
    /// <summary>SET_VRING_KICK arrived, or VRING_KICK in band.</summary>
    Kicked,

    /// <summary>GET_VRING_BASE arrived.</summary>
    BaseAsked,

    /// <summary>SET_VRING_ENABLE with 1.</summary>
    EnabledByFrontEnd,

    /// <summary>SET_VRING_ENABLE with 0, or RESET_OWNER, which some front-ends send to disable all rings.</summary>
    DisabledByFrontEnd,

    /// <summary>SET_FEATURES without the protocol-features bit: there will be no SET_VRING_ENABLE.</summary>
    NegotiatedWithoutEnable,

    /// <summary>RESET_DEVICE, or device status 0.</summary>
    DeviceReset,
}

/// <summary>
/// The state of one ring (vhost-user specification, "Ring states"): two independent bits, of which both are needed.
/// "The back-end must start ring upon receiving a kick … and stop ring upon receiving GET_VRING_BASE"; "rings can be
/// enabled or disabled by SET_VRING_ENABLE"; "if PROTOCOL_FEATURES has not been negotiated, the ring starts directly
/// in the enabled state", else "in a disabled state".
/// </summary>
/// <remarks>
/// A ring counts as started from SET_VRING_KICK on, not from the first kick after it: what the driver put into the ring
/// before is served at once, whether or not its kick went to an earlier descriptor.
/// </remarks>
public readonly record struct RingState(bool Started, bool Enabled)
{
    /// <summary>Whether requests are served.</summary>
    public bool IsLive => Started && Enabled;

    public RingState After(RingEvent e) => e switch
    {
        RingEvent.Kicked => this with { Started = true },
        RingEvent.BaseAsked => this with { Started = false },
        RingEvent.EnabledByFrontEnd => this with { Enabled = true },
        RingEvent.DisabledByFrontEnd => this with { Enabled = false },
        RingEvent.NegotiatedWithoutEnable => this with { Enabled = true },
        RingEvent.DeviceReset => default,
        _ => throw new ArgumentOutOfRangeException(nameof(e)),
    };
}
