// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.VhostUser.Wire;

namespace VhostDevice.VhostUser.FrontEnd;

/// <content>Rings: size, addresses, base, notifications, enabling.</content>
public sealed partial class FrontEndConnection
{
    /// <summary>SET_VRING_NUM: the queue's size in descriptors.</summary>
    public Ack SetVringNum(uint index, uint size) => TellVring(FrontEndRequest.SetVringNum, index, size);

    /// <summary>SET_VRING_ADDR. The three ring addresses are user addresses of the memory table.</summary>
    public Ack SetVringAddr(in VringAddress address) => Tell(FrontEndRequest.SetVringAddr, in address);

    /// <summary>SET_VRING_BASE: where the back-end goes on. Split: the next available index (16 bits).</summary>
    public Ack SetVringBase(uint index, uint ringBase) => TellVring(FrontEndRequest.SetVringBase, index, ringBase);

    /// <summary>GET_VRING_BASE: stops the ring and returns where it stopped, as <see cref="SetVringBase"/> takes it.</summary>
    public uint GetVringBase(uint index) => StopVring(FrontEndRequest.GetVringBase, index);

    /// <summary>
    /// GET_VRING_BASE_SKIP_DRAIN (needs <see cref="ProtocolFeatures.GetVringBaseSkipDrain"/>): as <see cref="GetVringBase"/>,
    /// without waiting for requests in flight, which stay in the record of them.
    /// </summary>
    public uint GetVringBaseSkipDrain(uint index) => StopVring(FrontEndRequest.GetVringBaseSkipDrain, index);

    /// <summary>SET_VRING_KICK. Null: no descriptor comes, the back-end polls or is kicked in band.</summary>
    public Ack SetVringKick(uint index, OwnedFd? fd) => TellFd(FrontEndRequest.SetVringKick, index, fd);

    /// <summary>SET_VRING_CALL. Null: this front-end polls or is called in band.</summary>
    public Ack SetVringCall(uint index, OwnedFd? fd) => TellFd(FrontEndRequest.SetVringCall, index, fd);

    /// <summary>SET_VRING_ERR. Null: nobody listens for the ring's errors, or in band.</summary>
    public Ack SetVringErr(uint index, OwnedFd? fd) => TellFd(FrontEndRequest.SetVringErr, index, fd);

    /// <summary>SET_VRING_ENABLE (needs feature bit 30).</summary>
    public Ack SetVringEnable(uint index, bool enable) => TellVring(FrontEndRequest.SetVringEnable, index, enable ? 1u : 0u);

    /// <summary>SET_VRING_ENDIAN (needs <see cref="ProtocolFeatures.CrossEndian"/>), for legacy devices.</summary>
    public Ack SetVringEndian(uint index, bool bigEndian) => TellVring(FrontEndRequest.SetVringEndian, index, bigEndian ? 1u : 0u);

    /// <summary>VRING_KICK (needs <see cref="ProtocolFeatures.InbandNotifications"/>): buffers were added. Starts the ring, too.</summary>
    public Ack VringKick(uint index) => TellVring(FrontEndRequest.VringKick, index, 0);

    private uint StopVring(FrontEndRequest request, uint index)
    {
        VringState state = new() { Index = index };
        Ask(request, Bytes(in state));
        state = Reply<VringState>(request);
        if (state.Index != index)
            throw BadReply(request, $"is about ring {state.Index} instead of {index}");
        return state.Num;
    }

    private Ack TellVring(FrontEndRequest request, uint index, uint number) =>
        Tell(request, new VringState { Index = index, Num = number });

    private Ack TellFd(FrontEndRequest request, uint index, OwnedFd? fd)
    {
        ulong payload = (index & VringFd.IndexMask) | (fd is null ? VringFd.NoFd : 0);
        return fd is null ? Tell(request, in payload) : Tell(request, in payload, [fd.Fd]);
    }
}
