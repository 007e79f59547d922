// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.VhostUser.Wire;
using static VhostDevice.Fuzz.Message.MessageRun;

namespace VhostDevice.Fuzz.Message;

/// <summary>Hand-made inputs of the message target: whole conversations, and one for each kind of mischief.</summary>
internal static class MessageSeeds
{
    private const ProtocolFeatures InBand = ProtocolFeatures.ReplyAck | ProtocolFeatures.BackendReq | ProtocolFeatures.InbandNotifications;

    private const ProtocolFeatures Sharing = ProtocolFeatures.ReplyAck | ProtocolFeatures.BackendReq | ProtocolFeatures.BackendSendFd
        | ProtocolFeatures.ShmemMap | ProtocolFeatures.SharedObject | ProtocolFeatures.ResetDevice | ProtocolFeatures.ConfigureMemSlots;

    private const ProtocolFeatures SkipsDrain =
        ProtocolFeatures.ReplyAck | ProtocolFeatures.InflightShmfd | ProtocolFeatures.GetVringBaseInflight | ProtocolFeatures.GetVringBaseSkipDrain;

    // What the device may ask for: Message/FuzzDevice.Asking.cs.
    private const byte Map = 0;
    private const byte Unmap = 1;
    private const byte AddObject = 2;
    private const byte RemoveObject = 3;
    private const byte LookUpObject = 4;
    private const byte Place = 0x80; // of the region that there is

    internal static IEnumerable<(string Name, byte[] Input)> All =>
    [
        ("empty", []),
        ("served", new MessageInput().HandShake().Request(0).Request(0, 2).Bytes),
        ("held", new MessageInput().HandShake().Request(1).Complete().Bytes),
        (
            "stop-waits",
            new MessageInput()
                .HandShake()
                .Request(1)
                .Send(FrontEndRequest.GetVringBase, 1, 0)
                .Kick(1)
                .Complete()
                .Ring(1, 1)
                .Request(1, 2)
                .Complete().Bytes),
        (
            "leave-while-stopping",
            new MessageInput().HandShake().Request(1).Send(
                FrontEndRequest.GetVringBase, 1, 0).Reconnect().Complete().HandShake().Bytes),
        (
            "reset-in-flight",
            new MessageInput()
                .HandShake()
                .Request(1)
                .Send(FrontEndRequest.ResetDevice)
                .Complete()
                .Ring(1, 0)
                .Request(1)
                .Complete().Bytes),
        (
            "status-0",
            new MessageInput()
                .HandShake()
                .Send(FrontEndRequest.SetStatus, 15)
                .Request(0)
                .Send(FrontEndRequest.SetStatus, 0)
                .Send(FrontEndRequest.GetStatus).Bytes),
        (
            "rebind",
            new MessageInput()
                .HandShake()
                .Request(1)
                .Send(FrontEndRequest.SetVringEnable, 1, 0)
                .AvailableIndex(1, 0)
                .Ring(1, 0)
                .Complete()
                .Request(1).Bytes),
        ("memory-replaced", new MessageInput().HandShake().Request(1).Memory(0, Palette.MemoryBytes).Complete().Request(0).Bytes),
        ("memory-goes", new MessageInput().HandShake().Request(1).Memory(0x4000, 0x1000).Complete().Memory(0, Palette.MemoryBytes).Request(0).Bytes),
        (
            "memory-in-pieces",
            new MessageInput()
                .HandShake()
                .Region(FrontEndRequest.AddMemReg, 0x20000, 0x3000)
                .Request(0)
                .Region(FrontEndRequest.RemMemReg, 0x20000, 0x3000)
                .Request(0, 2).Bytes),
        ("memory-overlaps", new MessageInput().HandShake().Region(FrontEndRequest.AddMemReg, 0x8000, 0x10000).Request(0).Bytes),
        (
            "memory-too-long",
            new MessageInput()
                .HandShake()
                .Memory(0, Palette.MemoryBytes + 1)
                .Memory(0, 1UL << 60)
                .Memory(0, 0)
                .Memory(0, 0x1000, ulong.MaxValue)
                .Request(0).Bytes),
        ("memory-of-other-kinds", OfOtherKinds()),
        ("index-jumps", new MessageInput().HandShake().AvailableIndex(0, 99).Kick(0).AvailableIndex(0, 0).Ring(0, 0).Request(0).Bytes),
        ("ring-nowhere", new MessageInput().HandShake().Send(FrontEndRequest.GetVringBase, 0, 0)
            .Send(FrontEndRequest.SetVringAddr, [0, 0, 0, 0, 0, 0, 0, 0, .. Enumerable.Repeat((byte)0xff, 32)]).Ring(0, 0).Request(0).Bytes),
        ("in-band", new MessageInput().Send(FrontEndRequest.SetProtocolFeatures, (ulong)InBand)
            .Send(FrontEndRequest.SetBackendReqFd, [], 1, Palette.Channel)
            .HandShake(InBand)
                .Send(FrontEndRequest.SetVringCall, 0x100)
                .Send(FrontEndRequest.SetVringKick, 0x100)
                .Request(0)
                .Send(FrontEndRequest.VringKick, 0, 0).Bytes),
        ("in-band-alone", new MessageInput().Send(FrontEndRequest.SetProtocolFeatures, (ulong)ProtocolFeatures.InbandNotifications).Bytes),
        ("config", new MessageInput().HandShake(ProtocolFeatures.ReplyAck | ProtocolFeatures.Config).Send(FrontEndRequest.GetConfig, new byte[12 + 4])
            .Send(FrontEndRequest.GetConfig, [0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
                .Send(FrontEndRequest.SetConfig, [3, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4]).Bytes),
        ("config-changes", new MessageInput().Send(FrontEndRequest.SetBackendReqFd, [], 1, Palette.PipeWrite)
            .HandShake(
                ProtocolFeatures.ReplyAck | ProtocolFeatures.Config | ProtocolFeatures.BackendReq).ChangeConfig()
                    .ChangeConfig().Reconnect().ChangeConfig().Bytes),
        (
            "kick-and-call-are-pipes",
            new MessageInput()
                .HandShake()
                .Send(FrontEndRequest.GetVringBase, 0, 0)
                .Request(0)
                .Ring(0, 0, Palette.PipeRead, Palette.PipeWrite).Bytes),
        (
            "polled",
            new MessageInput()
                .HandShake()
                .Send(FrontEndRequest.GetVringBase, 0, 0)
                .Request(0)
                .Send(FrontEndRequest.SetVringKick, 0x100).Bytes),
        ("every-request", EveryRequest([])),
        ("every-request-of-8", EveryRequest(new byte[8])),
        ("too-many-descriptors", new MessageInput().Send(FrontEndRequest.SetMemTable, new byte[40], 40).Bytes),
        ("descriptors-pile-up", new MessageInput().Raw([5], 20).Raw([0], 20).Bytes),
        ("false-length", new MessageInput().Send(FrontEndRequest.SetFeatures, new byte[8], manner: Manner.FalseLength, more: [0, 0, 0, 1]).Bytes),
        (
            "short-then-more",
            new MessageInput()
                .Send(FrontEndRequest.SetFeatures, new byte[8], manner: Manner.FalseLength, more: [4, 0, 0, 0])
                .Send(FrontEndRequest.GetFeatures).Bytes),
        (
            "in-two-parts",
            new MessageInput()
                .Send(FrontEndRequest.SetFeatures, new byte[8], manner: Manner.InTwoParts, more: [10])
                .Send(FrontEndRequest.GetFeatures).Bytes),
        ("half-a-message", new MessageInput().Raw([1, 0, 0, 0, 1, 0]).Reconnect().Send(FrontEndRequest.GetFeatures).Bytes),
        ("a-reply", new MessageInput().Send(FrontEndRequest.GetFeatures, [], manner: Manner.IsReply).Bytes),
        (
            "mapped",
            WithChannel()
                .Send(FrontEndRequest.GetShmemConfig)
                .Ask(Map, Place)
                .Answer()
                .Ask(Map, Place | 1)
                .Answer()
                .Ask(Unmap, Place)
                .Answer()
                .Ask(Map, Place)
                .Answer().Bytes),
        (
            "mapped-over",
            WithChannel()
                .Ask(Map, Place | 0x18)
                .Answer()
                .Ask(Map, Place | 1)
                .Ask(Map, Place | 7 | 0x18)
                .Ask(Map, 0)
                .Ask(Unmap, Place).Bytes),
        (
            "mapped-and-memory",
            WithChannel()
                .Ask(Map, Place)
                .Region(FrontEndRequest.AddMemReg, 0x20000, 0x3000)
                .Memory(0, Palette.MemoryBytes)
                .Answer()
                .Request(0).Bytes),
        ("map-refused", WithChannel().Ask(Map, Place).Answer(1).Ask(Map, Place).Answer(0, Palette.Kick0).Bytes),
        ("map-unanswered-at-stop", WithChannel().Request(1).Ask(Map, Place).Send(FrontEndRequest.GetVringBase, 1, 0).Ask(Map, Place | 1).Complete()
            .Answer().Ask(Map, Place).Answer().Ask(Map, Place).Answer().Bytes),
        (
            "map-unanswered-at-reset",
            WithChannel()
                .Ask(Map, Place)
                .Send(FrontEndRequest.ResetDevice)
                .Answer()
                .Answer(1)
                .Ask(Map, Place)
                .Answer().Bytes),
        ("map-unanswered-at-the-end", WithChannel().Ask(Map, Place).Ask(LookUpObject, 0).Reconnect().Bytes),
        (
            "another-channel",
            WithChannel()
                .Ask(Map, Place)
                .Send(FrontEndRequest.SetBackendReqFd, [], 1, Palette.Channel)
                .Ask(Map, Place)
                .Answer()
                .Answer().Bytes),
        ("objects", WithChannel().Ask(AddObject, 0).Answer().Send(FrontEndRequest.GetSharedObject, new byte[16])
            .Send(FrontEndRequest.GetSharedObject, Enumerable.Repeat((byte)1, 16).ToArray())
            .Ask(LookUpObject, 0).Answer(0, Palette.Kick0).Ask(LookUpObject, 0).Answer().Ask(RemoveObject, 0).Answer(1, Palette.Kick0).Bytes),
        ("answers-astray", WithChannel().RawAnswer(9, 0, 0, 0, 5, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
            .Ask(Map, Place).RawAnswer(9, 0, 0, 0, 5, 0, 0).RawAnswer(0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
            .Ask(Map, Place | 1).RawAnswer(10, 0, 0, 0, 5, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0).Ask(Map, Place | 2).Request(0).Bytes),
        ("display", new MessageInput().Send(FrontEndRequest.SetProtocolFeatures, (ulong)ProtocolFeatures.ReplyAck)
            .Send(FrontEndRequest.GpuSetSocket, [], 1, Palette.Channel)
            .Send(FrontEndRequest.GpuSetSocket, [], 1, Palette.Kick0)
            .HandShake().Send(FrontEndRequest.GpuSetSocket, [], 1, Palette.Channel).Send(FrontEndRequest.GpuSetSocket).Request(0).Bytes),
        (
            "skip-drain",
            new MessageInput()
                .HandShake(SkipsDrain)
                .Request(1)
                .Send(FrontEndRequest.GetVringBaseSkipDrain, 1, 0)
                .Complete()
                .Ring(1, 1)
                .Request(1, 2)
                .Complete().Bytes),
        ("another-version", new MessageInput().Send(FrontEndRequest.GetFeatures, [], manner: Manner.OtherVersion).Bytes),
    ];

    private static MessageInput WithChannel() => new MessageInput()
        .Send(FrontEndRequest.SetBackendReqFd, [], 1, Palette.Channel).HandShake(Sharing);

    private static byte[] EveryRequest(byte[] payload)
    {
        MessageInput input = new();
        for (int request = 0; request < 48; request++)
            input.Reconnect().Send(FrontEndRequest.SetProtocolFeatures, (ulong)ProtocolFeatures.ReplyAck).Send((FrontEndRequest)request, payload);
        return input.Bytes;
    }

    private static byte[] OfOtherKinds()
    {
        MessageInput input = new MessageInput().HandShake();
        for (byte file = 0; file < 16; file++)
            input.Memory(0, 0x1000, 0, file);
        return input.Request(0).Bytes;
    }
}
