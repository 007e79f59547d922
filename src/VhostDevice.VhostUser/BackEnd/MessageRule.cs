// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.VhostUser.Wire;

namespace VhostDevice.VhostUser.BackEnd;

/// <summary>What a request must look like before anything in it is believed.</summary>
/// <param name="MinPayload">Fewest bytes of payload.</param>
/// <param name="MaxPayload">Most bytes of payload.</param>
/// <param name="MaxFds">Most descriptors; surplus ones are closed.</param>
/// <param name="Feature">The protocol feature that must be on offer, or none.</param>
/// <param name="HasReply">Whether it is answered by a message of its own, so that a refusal cannot be an acknowledgement.</param>
/// <param name="NeedsDevice">
/// Whether the device becomes this connection's with it. Until a front-end shares memory, touches a ring or gives the
/// device something it may only be looking.
/// </param>
internal readonly record struct MessageRule(
    int MinPayload, int MaxPayload, int MaxFds, ProtocolFeatures Feature, bool HasReply, bool NeedsDevice)
{
    /// <summary>The most bytes of payload of any request.</summary>
    internal const int MaxPayloadOfAll = 4096;

    /// <summary>The most regions of one SET_MEM_TABLE. The specification says 8; other back-ends take 32.</summary>
    internal const int MaxTableRegions = 32;

    private static readonly MessageRule?[] s_rules = Build();

    internal static MessageRule? For(uint request) => request < s_rules.Length ? s_rules[request] : null;

    private static MessageRule?[] Build()
    {
        MessageRule?[] rules = new MessageRule?[(int)FrontEndRequest.GetVringBaseSkipDrain + 1];

        void Fixed(
            FrontEndRequest request, int payload, int fds = 0, ProtocolFeatures feature = ProtocolFeatures.None,
            bool reply = false, bool device = false)
            => rules[(int)request] = new MessageRule(payload, payload, fds, feature, reply, device);

        void Ranged(
            FrontEndRequest request, int min, int max, int fds = 0, ProtocolFeatures feature = ProtocolFeatures.None,
            bool reply = false, bool device = false)
            => rules[(int)request] = new MessageRule(min, max, fds, feature, reply, device);

        Fixed(FrontEndRequest.GetFeatures, 0, reply: true);
        Fixed(FrontEndRequest.SetFeatures, 8);
        Fixed(FrontEndRequest.SetOwner, 0);
        Fixed(FrontEndRequest.ResetOwner, 0);
        Ranged(FrontEndRequest.SetMemTable, 8 + 32, 8 + (32 * MaxTableRegions), fds: MaxTableRegions, device: true);
        Ranged(FrontEndRequest.SetLogBase, 8, 16, fds: 1, ProtocolFeatures.LogShmfd);
        Ranged(FrontEndRequest.SetLogFd, 0, 8, fds: 1, ProtocolFeatures.LogShmfd);
        Fixed(FrontEndRequest.SetVringNum, 8, device: true);
        Fixed(FrontEndRequest.SetVringAddr, 40, device: true);
        Fixed(FrontEndRequest.SetVringBase, 8, device: true);
        Fixed(FrontEndRequest.GetVringBase, 8, reply: true, device: true);
        Fixed(FrontEndRequest.SetVringKick, 8, fds: 1, device: true);
        Fixed(FrontEndRequest.SetVringCall, 8, fds: 1);
        Fixed(FrontEndRequest.SetVringErr, 8, fds: 1);
        Fixed(FrontEndRequest.GetProtocolFeatures, 0, reply: true);
        Fixed(FrontEndRequest.SetProtocolFeatures, 8);
        Fixed(FrontEndRequest.GetQueueNum, 0, feature: ProtocolFeatures.Mq, reply: true);
        Fixed(FrontEndRequest.SetVringEnable, 8, device: true);
        Fixed(FrontEndRequest.SendRarp, 8, feature: ProtocolFeatures.Rarp);
        Fixed(FrontEndRequest.NetSetMtu, 8, feature: ProtocolFeatures.Mtu);
        Ranged(FrontEndRequest.SetBackendReqFd, 0, 8, fds: 1, ProtocolFeatures.BackendReq);
        Fixed(FrontEndRequest.IotlbMsg, 32, feature: ProtocolFeatures.BackendReq);
        Fixed(FrontEndRequest.SetVringEndian, 8, feature: ProtocolFeatures.CrossEndian);
        Ranged(FrontEndRequest.GetConfig, ConfigHeader.HeaderSize, MaxPayloadOfAll, feature: ProtocolFeatures.Config, reply: true);
        Ranged(FrontEndRequest.SetConfig, ConfigHeader.HeaderSize, MaxPayloadOfAll, feature: ProtocolFeatures.Config, device: true);
        Ranged(FrontEndRequest.CreateCryptoSession, 0, MaxPayloadOfAll, feature: ProtocolFeatures.CryptoSession, reply: true);
        Fixed(FrontEndRequest.CloseCryptoSession, 8, feature: ProtocolFeatures.CryptoSession);
        Fixed(FrontEndRequest.PostcopyAdvise, 0, feature: ProtocolFeatures.PageFault, reply: true);
        Fixed(FrontEndRequest.PostcopyListen, 0, feature: ProtocolFeatures.PageFault);
        Fixed(FrontEndRequest.PostcopyEnd, 0, feature: ProtocolFeatures.PageFault, reply: true);
        Ranged(FrontEndRequest.GetInflightFd, 16, 24, feature: ProtocolFeatures.InflightShmfd, reply: true);
        Ranged(FrontEndRequest.SetInflightFd, 16, 24, fds: 1, ProtocolFeatures.InflightShmfd, device: true);
        Ranged(FrontEndRequest.GpuSetSocket, 0, 8, fds: 1, device: true);
        Fixed(FrontEndRequest.ResetDevice, 0, feature: ProtocolFeatures.ResetDevice);
        Fixed(FrontEndRequest.VringKick, 8, feature: ProtocolFeatures.InbandNotifications, device: true);
        Fixed(FrontEndRequest.GetMaxMemSlots, 0, feature: ProtocolFeatures.ConfigureMemSlots, reply: true);
        Fixed(FrontEndRequest.AddMemReg, 40, fds: 1, ProtocolFeatures.ConfigureMemSlots, device: true);
        // "Back-ends should ignore (and close) any file descriptor" that comes with a removal.
        Fixed(FrontEndRequest.RemMemReg, 40, fds: 1, ProtocolFeatures.ConfigureMemSlots);
        Fixed(FrontEndRequest.SetStatus, 8, feature: ProtocolFeatures.Status);
        Fixed(FrontEndRequest.GetStatus, 0, feature: ProtocolFeatures.Status, reply: true);
        Ranged(FrontEndRequest.GetSharedObject, 16, 24, feature: ProtocolFeatures.SharedObject, reply: true);
        Fixed(FrontEndRequest.SetDeviceStateFd, 8, fds: 1, ProtocolFeatures.DeviceState, reply: true, device: true);
        Fixed(FrontEndRequest.CheckDeviceState, 0, feature: ProtocolFeatures.DeviceState, reply: true, device: true);
        Fixed(FrontEndRequest.GetShmemConfig, 0, feature: ProtocolFeatures.ShmemMap, reply: true);
        Fixed(FrontEndRequest.GetVringBaseSkipDrain, 8, feature: ProtocolFeatures.GetVringBaseSkipDrain, reply: true, device: true);
        return rules;
    }
}
