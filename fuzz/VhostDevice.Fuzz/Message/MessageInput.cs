// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using VhostDevice.VhostUser.Wire;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Fuzz.Message;

/// <summary>Writes an input of the message target step by step; the numbers are those of <see cref="MessageRun.Step"/>.</summary>
internal sealed class MessageInput
{
    internal const ulong UserAddress = 0x10_0000;
    internal const byte RingSize = 8;

    private readonly List<byte> _script = [];

    public byte[] Bytes => [.. _script];

    /// <summary>All that a front-end says until both rings run.</summary>
    public MessageInput HandShake(
        ProtocolFeatures features =
            ProtocolFeatures.ReplyAck | ProtocolFeatures.Mq | ProtocolFeatures.ConfigureMemSlots) =>
        this
        .Send(FrontEndRequest.SetOwner)
        .Send(FrontEndRequest.GetFeatures)
        .Send(FrontEndRequest.SetProtocolFeatures, (ulong)features)
        .Send(FrontEndRequest.SetFeatures, 0x1_7000_0000UL)
        .Memory(0, Palette.MemoryBytes)
        .Ring(0, 0)
        .Ring(1, 0);

    public MessageInput Memory(ulong guestAddress, ulong size, ulong offset = 0, byte file = Palette.Memory) => Send(
        FrontEndRequest.SetMemTable,
        [
            1, 0, 0, 0, 0, 0, 0, 0,
            .. Of(
                new MemoryRegionEntry
                {
                    GuestAddress = guestAddress,
                    Size = size,
                    UserAddress = UserAddress + guestAddress,
                    MmapOffset = offset,
                }),
        ],
        1, file);

    public MessageInput Region(FrontEndRequest request, ulong guestAddress, ulong size, byte file = Palette.OtherMemory) => Send(
        request,
        Of(
            new SingleMemoryRegion
            {
                Region = new MemoryRegionEntry
                {
                    GuestAddress = guestAddress,
                    Size = size,
                    UserAddress = UserAddress + guestAddress,
                },
            }),
        request == FrontEndRequest.AddMemReg ? (byte)1 : (byte)0, file);

    public MessageInput Ring(byte ring, uint ringBase, byte kick = Palette.Kick0, byte call = Palette.Call0) => this
        .Send(FrontEndRequest.SetVringNum, ring, RingSize)
        .Send(FrontEndRequest.SetVringBase, ring, ringBase)
        .Send(FrontEndRequest.SetVringAddr, Of(new VringAddress
        {
            Index = ring,
            Descriptor = UserAddress + Descriptors(ring),
            Available = UserAddress + Available(ring),
            Used = UserAddress + Available(ring) + 0x400,
        }))
        .Send(FrontEndRequest.SetVringKick, Of((ulong)ring), 1, (byte)(kick + ring))
        .Send(FrontEndRequest.SetVringCall, Of((ulong)ring), 1, (byte)(call + ring))
        .Send(FrontEndRequest.SetVringErr, Of((ulong)ring), 1, Palette.Error)
        .Send(FrontEndRequest.SetVringEnable, ring, 1);

    /// <summary>A request of one readable and one writable buffer at head 0, made available as number <paramref name="count"/>.</summary>
    public MessageInput Request(byte ring, ushort count = 1)
    {
        Poke(Descriptors(ring), [
            .. Of(new SplitDescriptor { Address = 0x4000, Length = 16, Flags = DescriptorFlags.Next, Next = 1 }),
            .. Of(new SplitDescriptor { Address = 0x5000, Length = 32, Flags = DescriptorFlags.Write })]);
        AvailableIndex(ring, count);
        return Add(MessageRun.Kick, ring);
    }

    public MessageInput AvailableIndex(byte ring, ushort index) => Poke((ushort)(Available(ring) + 2), Of(index));

    public MessageInput Poke(ushort at, byte[] bytes) => Add([MessageRun.Poke, .. Of(at), (byte)bytes.Length, .. bytes]);

    public MessageInput Kick(byte ring) => Add(MessageRun.Kick, ring);

    public MessageInput Complete(byte which = 0) => Add(MessageRun.Complete, which);

    public MessageInput ChangeConfig() => Add(MessageRun.ChangeConfig);

    public MessageInput Reconnect() => Add(MessageRun.Reconnect);

    /// <summary>The device asks its front-end for something; see <see cref="FuzzDevice.Ask"/>.</summary>
    public MessageInput Ask(byte what, byte place) => Add(MessageRun.Ask, what, place);

    public MessageInput Answer(byte code = 0, byte file = 0) => Add(MessageRun.Answer, code, file);

    public MessageInput RawAnswer(params byte[] bytes) => Add([MessageRun.RawAnswer, (byte)bytes.Length, .. bytes]);

    public MessageInput Raw(byte[] bytes, byte fds = 0, byte from = 0) => Add([MessageRun.Raw, fds, from, (byte)bytes.Length, .. bytes]);

    public MessageInput Send(FrontEndRequest request) => Send(request, []);

    public MessageInput Send(FrontEndRequest request, ulong value) => Send(request, Of(value));

    public MessageInput Send(FrontEndRequest request, uint ring, uint number) => Send(request, Of(new VringState { Index = ring, Num = number }));

    public MessageInput Send(
        FrontEndRequest request,
        byte[] payload,
        byte fds = 0,
        byte from = 0,
        MessageRun.Manner manner = MessageRun.Manner.NeedReply,
        params byte[] more)
    {
        byte[] length = new byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(length, (ushort)payload.Length);
        return Add([(byte)request, (byte)manner, fds, from, .. length, .. payload, .. more]);
    }

    internal static byte[] Of<T>(T value)
        where T : unmanaged => MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)).ToArray();

    private static ushort Descriptors(byte ring) => (ushort)(ring * 0x1000);

    private static ushort Available(byte ring) => (ushort)(Descriptors(ring) + 0x400);

    private MessageInput Add(params ReadOnlySpan<byte> bytes)
    {
        _script.AddRange(bytes);
        return this;
    }
}
