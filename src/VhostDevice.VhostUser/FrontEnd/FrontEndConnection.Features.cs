// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.VhostUser.Wire;

namespace VhostDevice.VhostUser.FrontEnd;

/// <content>Ownership, features, status, reset.</content>
public sealed partial class FrontEndConnection
{
    /// <summary>GET_FEATURES: the virtio feature bits that the back-end offers, with bit 30 for protocol features.</summary>
    public ulong GetFeatures() => AskNumber(FrontEndRequest.GetFeatures);

    /// <summary>SET_FEATURES: the bits in use. Without bit 30 all rings are enabled at once.</summary>
    public Ack SetFeatures(ulong features)
    {
        Ack ack = Tell(FrontEndRequest.SetFeatures, in features);
        NegotiatedFeatures = features;
        return ack;
    }

    /// <summary>GET_PROTOCOL_FEATURES: legal when bit 30 is offered, acknowledged or not.</summary>
    public ProtocolFeatures GetProtocolFeatures() => (ProtocolFeatures)AskNumber(FrontEndRequest.GetProtocolFeatures);

    /// <summary>SET_PROTOCOL_FEATURES. From the next request on <see cref="AckPolicy.WhenNegotiated"/> goes by this set.</summary>
    public Ack SetProtocolFeatures(ProtocolFeatures features)
    {
        Ack ack = Tell(FrontEndRequest.SetProtocolFeatures, (ulong)features);
        NegotiatedProtocolFeatures = features;
        return ack;
    }

    /// <summary>SET_OWNER: the session begins.</summary>
    public Ack SetOwner() => Tell(FrontEndRequest.SetOwner, default);

    /// <summary>RESET_OWNER, deprecated: back-ends ignore it or disable all rings.</summary>
    public Ack ResetOwner() => Tell(FrontEndRequest.ResetOwner, default);

    /// <summary>RESET_DEVICE (needs <see cref="ProtocolFeatures.ResetDevice"/>): rings disabled, device in its initial state, still owned.</summary>
    public Ack ResetDevice() => Tell(FrontEndRequest.ResetDevice, default);

    /// <summary>GET_QUEUE_NUM (needs <see cref="ProtocolFeatures.Mq"/>): the most queues that the back-end serves.</summary>
    public ulong GetQueueNum() => AskNumber(FrontEndRequest.GetQueueNum);

    /// <summary>SET_STATUS (needs <see cref="ProtocolFeatures.Status"/>): the device status byte of virtio 1.3 §2.1.</summary>
    public Ack SetStatus(ulong status) => Tell(FrontEndRequest.SetStatus, in status);

    /// <summary>GET_STATUS (needs <see cref="ProtocolFeatures.Status"/>).</summary>
    public ulong GetStatus() => AskNumber(FrontEndRequest.GetStatus);
}
