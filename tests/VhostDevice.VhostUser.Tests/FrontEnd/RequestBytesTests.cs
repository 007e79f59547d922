// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.VhostUser.Wire;
using Xunit;

namespace VhostDevice.VhostUser.Tests.FrontEnd;

/// <summary>Every typed request without an answer of its own, as exact bytes composed from the specification's drawings.</summary>
public sealed class RequestBytesTests
{
    private static readonly OwnedFd s_fd = NewEventFd();

    /// <summary>What, request, payload, descriptors. Header: u32 request, u32 flags (1), u32 size.</summary>
    public static readonly TheoryData<string, uint, string, int> Requests = new()
    {
        { "SetFeatures", 2, "0100000041000070", 0 },
        { "SetOwner", 3, "", 0 },
        { "ResetOwner", 4, "", 0 },
        { "SetMemTable", 5, "02000000 00000000" + RegionA + RegionB, 2 },
        { "SetLogFd", 7, "", 1 },
        { "SetVringNum", 8, "01000000 00010000", 0 },
        { "SetVringAddr", 9, "02000000 01000000 1000000000000000 2000000000000000 3000000000000000 4000000000000000", 0 },
        { "SetVringBase", 10, "03000000 feff0000", 0 },
        { "SetVringKick", 12, "0400000000000000", 1 },
        { "SetVringKick without", 12, "0401000000000000", 0 },
        { "SetVringCall", 13, "0500000000000000", 1 },
        { "SetVringCall without", 13, "0501000000000000", 0 },
        { "SetVringErr", 14, "ff00000000000000", 1 },
        { "SetVringErr without", 14, "ff01000000000000", 0 },
        { "SetProtocolFeatures", 16, "0b02000000000000", 0 },
        { "SetVringEnable", 18, "06000000 01000000", 0 },
        { "SetVringEnable off", 18, "06000000 00000000", 0 },
        { "SendRarp", 19, "525400123456 0000", 0 },
        { "NetSetMtu", 20, "dc05000000000000", 0 },
        { "SetBackendReqFd", 21, "", 1 },
        { "SetVringEndian", 23, "07000000 01000000", 0 },
        { "SetConfig", 25, "24000000 03000000 00000000 aabbcc", 0 },
        { "SetConfig migration", 25, "00000000 01000000 01000000 dd", 0 },
        { "CloseCryptoSession", 27, "0900000000000000", 0 },
        { "PostcopyListen", 29, "", 0 },
        { "SetInflightFd", 32, "0010000000000000 0020000000000000 0200 0001 00000000", 1 },
        { "GpuSetSocket", 33, "", 1 },
        { "ResetDevice", 34, "", 0 },
        { "VringKick", 35, "08000000 00000000", 0 },
        { "AddMemReg", 37, "0000000000000000" + RegionA, 1 },
        { "RemMemReg", 38, "0000000000000000" + RegionB, 0 },
        { "SetStatus", 39, "0f00000000000000", 0 },
    };

    private const string RegionA = "0000004000000000 0000200000000000 00f0ff7f00000000 0010000000000000";
    private const string RegionB = "0000000001000000 0000010000000000 0000000000100000 0000000000000000";

    private static readonly MemoryRegionEntry s_regionA = new()
    {
        GuestAddress = 0x4000_0000,
        Size = 0x20_0000,
        UserAddress = 0x7fff_f000,
        MmapOffset = 0x1000,
    };
    private static readonly MemoryRegionEntry s_regionB = new()
    {
        GuestAddress = 0x1_0000_0000,
        Size = 0x1_0000,
        UserAddress = 0x10_0000_0000_00,
        MmapOffset = 0,
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public void Unacknowledged(string what, uint request, string payload, int fds)
    {
        using FakeBackEnd backEnd = new();
        Ack ack = Call(backEnd.FrontEnd, what);
        Assert.Equal(new Ack((FrontEndRequest)request, false, 0), ack);
        backEnd.AssertRead(Message(request, 1, payload), fds);
        backEnd.AssertNothingToRead();
    }

    [Theory]
    [MemberData(nameof(Requests))]
    public void Acknowledged(string what, uint request, string payload, int fds)
    {
        using FakeBackEnd backEnd = new();
        backEnd.FrontEnd.AckPolicy = AckPolicy.Always;
        backEnd.Write(Message(request, 5, "0000000000000000"));
        Ack ack = Call(backEnd.FrontEnd, what);
        Assert.True(ack.IsPositive);
        ack.ThrowIfNegative();
        backEnd.AssertRead(Message(request, 9, payload), fds);
        backEnd.AssertNothingToRead();
    }

    [Theory]
    [MemberData(nameof(Requests))]
    public void Refused(string what, uint request, string payload, int fds)
    {
        using FakeBackEnd backEnd = new();
        backEnd.FrontEnd.AckPolicy = AckPolicy.Always;
        backEnd.Write(Message(request, 5, "1600000000000000"));
        Ack ack = Call(backEnd.FrontEnd, what);
        Assert.True(ack.IsNegative);
        Assert.Equal(22UL, ack.Code);
        FrontEndException refusal = Assert.Throws<FrontEndException>(() => ack.ThrowIfNegative());
        Assert.Equal(FrontEndFailure.Refused, refusal.Failure);
        Assert.StartsWith(WireNames.Of((FrontEndRequest)request), refusal.Message, StringComparison.Ordinal);
        backEnd.AssertRead(Message(request, 9, payload), fds);
    }

    internal static string Message(uint request, uint flags, string payload) =>
        FakeBackEnd.Hex(request) + FakeBackEnd.Hex(flags) + FakeBackEnd.Hex((uint)FakeBackEnd.FromHex(payload).Length) + payload;

    private static Ack Call(FrontEndConnection c, string what) => what switch
    {
        "SetFeatures" => c.SetFeatures(0x7000_0041_0000_0001),
        "SetOwner" => c.SetOwner(),
        "ResetOwner" => c.ResetOwner(),
        "SetMemTable" => c.SetMemTable([s_regionA, s_regionB], [s_fd.Fd, s_fd.Fd]),
        "SetLogFd" => c.SetLogFd(s_fd),
        "SetVringNum" => c.SetVringNum(1, 256),
        "SetVringAddr" => c.SetVringAddr(new VringAddress { Index = 2, Flags = 1, Descriptor = 0x10, Used = 0x20, Available = 0x30, Log = 0x40 }),
        "SetVringBase" => c.SetVringBase(3, 0xfffe),
        "SetVringKick" => c.SetVringKick(4, s_fd),
        "SetVringKick without" => c.SetVringKick(4, null),
        "SetVringCall" => c.SetVringCall(5, s_fd),
        "SetVringCall without" => c.SetVringCall(5, null),
        "SetVringErr" => c.SetVringErr(255, s_fd),
        "SetVringErr without" => c.SetVringErr(255, null),
        "SetProtocolFeatures" =>
            c.SetProtocolFeatures(
                ProtocolFeatures.Mq | ProtocolFeatures.LogShmfd | ProtocolFeatures.ReplyAck | ProtocolFeatures.Config),
        "SetVringEnable" => c.SetVringEnable(6, true),
        "SetVringEnable off" => c.SetVringEnable(6, false),
        "SendRarp" => c.SendRarp([0x52, 0x54, 0x00, 0x12, 0x34, 0x56]),
        "NetSetMtu" => c.NetSetMtu(1500),
        "SetBackendReqFd" => c.SetBackendReqFd(s_fd),
        "SetVringEndian" => c.SetVringEndian(7, bigEndian: true),
        "SetConfig" => c.SetConfig(36, [0xaa, 0xbb, 0xcc]),
        "SetConfig migration" => c.SetConfig(0, [0xdd], ConfigFlags.Migration),
        "CloseCryptoSession" => c.CloseCryptoSession(9),
        "PostcopyListen" => c.PostcopyListen(),
        "SetInflightFd" =>
            c.SetInflightFd(
                new InflightArea(
                    new InflightDescription { MmapSize = 4096, MmapOffset = 8192, QueueCount = 2, QueueSize = 256 },
                    s_fd)),
        "GpuSetSocket" => c.GpuSetSocket(s_fd.Fd),
        "ResetDevice" => c.ResetDevice(),
        "VringKick" => c.VringKick(8),
        "AddMemReg" => c.AddMemReg(s_regionA, s_fd),
        "RemMemReg" => c.RemMemReg(s_regionB),
        "SetStatus" => c.SetStatus(15),
        _ => throw new ArgumentOutOfRangeException(nameof(what), what, null),
    };

    private static OwnedFd NewEventFd()
    {
        Assert.True(EventFd.Create(nonBlocking: true, out OwnedFd? fd).IsSuccess);
        return fd!;
    }
}
