// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Text;
using VhostDevice.Linux;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.VhostUser.Wire;
using Xunit;
using static VhostDevice.VhostUser.Tests.FrontEnd.RequestBytesTests;

namespace VhostDevice.VhostUser.Tests.FrontEnd;

/// <summary>Every typed request with an answer of its own: exact bytes both ways.</summary>
public sealed class AnswerTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(17)]
    [InlineData(30)]
    [InlineData(36)]
    [InlineData(40)]
    [InlineData(43)]
    public void Numbers(uint request)
    {
        using FakeBackEnd backEnd = new();
        FrontEndConnection c = backEnd.FrontEnd;
        backEnd.Write(Message(request, 5, "8877665544332211"));
        ulong answer = (FrontEndRequest)request switch
        {
            FrontEndRequest.GetFeatures => c.GetFeatures(),
            FrontEndRequest.GetProtocolFeatures => (ulong)c.GetProtocolFeatures(),
            FrontEndRequest.GetQueueNum => c.GetQueueNum(),
            FrontEndRequest.PostcopyEnd => c.PostcopyEnd(),
            FrontEndRequest.GetMaxMemSlots => c.GetMaxMemSlots(),
            FrontEndRequest.GetStatus => c.GetStatus(),
            _ => c.CheckDeviceState(),
        };
        Assert.Equal(0x1122_3344_5566_7788UL, answer);
        backEnd.AssertRead(Message(request, 1, ""));
    }

    [Fact]
    public void Vring_base()
    {
        using FakeBackEnd backEnd = new();
        backEnd.Write(Message(11, 5, "02000000 34120000"));
        Assert.Equal(0x1234u, backEnd.FrontEnd.GetVringBase(2));
        backEnd.AssertRead(Message(11, 1, "02000000 00000000"));

        backEnd.Write(Message(11, 5, "03000000 34120000"));
        AssertBad(backEnd.FrontEnd, c => c.GetVringBase(2), "GET_VRING_BASE: the answer is about ring 3 instead of 2");
    }

    [Fact]
    public void Config()
    {
        using FakeBackEnd backEnd = new();
        backEnd.Write(Message(24, 5, "04000000 03000000 00000000 616263"));
        Assert.Equal("abc", Encoding.ASCII.GetString(backEnd.FrontEnd.GetConfig(4, 3)!));
        backEnd.AssertRead(Message(24, 1, "04000000 03000000 00000000 000000"));

        backEnd.Write(Message(24, 5, ""));
        Assert.Null(backEnd.FrontEnd.GetConfig(4, 3));
        backEnd.Write(Message(24, 5, "04000000 00000000 00000000"));
        Assert.Null(backEnd.FrontEnd.GetConfig(4, 3));
        backEnd.Write(Message(24, 5, "04000000 02000000 00000000 6162"));
        AssertBad(backEnd.FrontEnd, c => c.GetConfig(4, 3), "GET_CONFIG: the answer has 2 bytes for offset 4 and size 2 instead of 4 and 3");
        backEnd.Write(Message(24, 5, "0000"));
        AssertBad(backEnd.FrontEnd, c => c.GetConfig(4, 3), "GET_CONFIG: the answer has only 2 bytes of payload");
    }

    [Fact]
    public void Log_base()
    {
        using FakeBackEnd backEnd = new();
        using OwnedFd file = NewFile();
        backEnd.Write(Message(6, 5, ""));
        Assert.True(backEnd.FrontEnd.SetLogBase(file, 0x1000, 0x2000).IsPositive);
        backEnd.AssertRead(Message(6, 1, "0010000000000000 0020000000000000"), 1);
        backEnd.Write(Message(6, 5, "0100000000000000"));
        Assert.True(backEnd.FrontEnd.SetLogBase(file, 0x1000, 0).IsNegative);
    }

    [Fact]
    public void Iotlb()
    {
        using FakeBackEnd backEnd = new();
        IotlbMessage update = new()
        {
            Iova = 0x1000,
            Size = 0x2000,
            UserAddress = 0x3000,
            Permissions = IotlbPermissions.ReadWrite,
            Type = IotlbType.Update,
        };
        _ = backEnd.FrontEnd.IotlbMsg(update);
        backEnd.AssertRead(Message(22, 1, "0010000000000000 0020000000000000 0030000000000000 03 02 000000000000"));
    }

    [Fact]
    public void Inflight()
    {
        using FakeBackEnd backEnd = new();
        using OwnedFd file = NewFile();
        backEnd.Write(Message(31, 5, "0020000000000000 0010000000000000 0200 0001 00000000"), file.Fd);
        using InflightArea area = backEnd.FrontEnd.GetInflightFd(2, 256);
        Assert.Equal(0x2000UL, area.Description.MmapSize);
        Assert.Equal(0x1000UL, area.Description.MmapOffset);
        AssertIsFile(area.File);
        backEnd.AssertRead(Message(31, 1, "0000000000000000 0000000000000000 0200 0001 00000000"));

        backEnd.Write(Message(31, 5, "0020000000000000 0010000000000000 0200 0001 00000000"));
        AssertBad(backEnd.FrontEnd, c => c.GetInflightFd(2, 256), "GET_INFLIGHT_FD: the answer has no descriptor");
    }

    [Fact]
    public void Device_state()
    {
        using FakeBackEnd backEnd = new();
        using OwnedFd file = NewFile();
        backEnd.Write(Message(42, 5, "0001000000000000"));
        Assert.Equal(new DeviceStateAnswer(0, null), backEnd.FrontEnd.SetDeviceStateFd(DeviceStateDirection.Load, DeviceStatePhase.Stopped, file));
        backEnd.AssertRead(Message(42, 1, "01000000 00000000"), 1);

        backEnd.Write(Message(42, 5, "0000000000000000"), file.Fd);
        DeviceStateAnswer own = backEnd.FrontEnd.SetDeviceStateFd(DeviceStateDirection.Save, DeviceStatePhase.Stopped, file);
        AssertIsFile(own.File!);
        own.File!.Dispose();
        backEnd.AssertRead(Message(42, 1, "00000000 00000000"), 1);

        backEnd.Write(Message(42, 5, "0500000000000000"));
        Assert.Equal(5, backEnd.FrontEnd.SetDeviceStateFd(DeviceStateDirection.Save, DeviceStatePhase.Stopped, file).Error);
    }

    [Fact]
    public void Postcopy()
    {
        using FakeBackEnd backEnd = new();
        using OwnedFd file = NewFile();
        backEnd.Write(Message(28, 5, ""), file.Fd);
        using (OwnedFd? fault = backEnd.FrontEnd.PostcopyAdvise())
            AssertIsFile(fault!);
        backEnd.AssertRead(Message(28, 1, ""));

        MemoryRegionEntry region = new() { GuestAddress = 1, Size = 2, UserAddress = 3, MmapOffset = 4 };
        const string head = "01000000 00000000 0100000000000000 0200000000000000";
        backEnd.Write(Message(5, 5, head + "aaaa000000000000 0400000000000000"));
        MemoryRegionEntry[] mapped = backEnd.FrontEnd.SetMemTableForPostcopy([region], [file.Fd]);
        Assert.Equal(0xaaaaUL, Assert.Single(mapped).UserAddress);
        backEnd.AssertRead(Message(5, 1, head + "0300000000000000 0400000000000000"), 1);
        backEnd.FrontEnd.AcknowledgePostcopyTable();
        backEnd.AssertRead(Message(5, 1, "0000000000000000"));
    }

    [Fact]
    public void Shared_objects_and_memory()
    {
        using FakeBackEnd backEnd = new();
        using OwnedFd file = NewFile();
        Guid id = new("00112233-4455-6677-8899-aabbccddeeff");
        backEnd.Write(Message(41, 5, "0000000000000000"), file.Fd);
        using (OwnedFd? found = backEnd.FrontEnd.GetSharedObject(id))
            AssertIsFile(found!);
        backEnd.AssertRead(Message(41, 1, "00112233445566778899aabbccddeeff"));
        backEnd.Write(Message(41, 5, "0100000000000000"));
        Assert.Null(backEnd.FrontEnd.GetSharedObject(id));
        backEnd.AssertRead(Message(41, 1, "00112233445566778899aabbccddeeff"));

        backEnd.Write(Message(44, 5, "02000000 00000000 0000000000000000 0010000000000000 0000000000000000"));
        Assert.Equal([0UL, 0x1000UL], backEnd.FrontEnd.GetShmemConfig());
        backEnd.AssertRead(Message(44, 1, ""));
        backEnd.Write(Message(44, 5, "01000000 00000000 0000000000000000 0010000000000000" + new string('0', 254 * 16)));
        Assert.Equal([0UL, 0x1000UL], backEnd.FrontEnd.GetShmemConfig());
        backEnd.AssertRead(Message(44, 1, ""));
        backEnd.Write(Message(44, 5, "03000000 00000000 0000000000000000"));
        AssertBad(backEnd.FrontEnd, c => c.GetShmemConfig(), "GET_SHMEM_CONFIG: the answer announces 3 regions in 16 bytes");
    }

    [Fact]
    public void Crypto_session()
    {
        using FakeBackEnd backEnd = new();
        backEnd.Write(Message(26, 5, "0102"));
        Assert.Equal([1, 2], backEnd.FrontEnd.CreateCryptoSession([9, 8, 7]));
        backEnd.AssertRead(Message(26, 1, "090807"));
    }

    internal static void AssertBad(FrontEndConnection connection, Action<FrontEndConnection> ask, string message)
    {
        FrontEndException bad = Assert.Throws<FrontEndException>(() => ask(connection));
        Assert.Equal(FrontEndFailure.BadReply, bad.Failure);
        Assert.Equal(message, bad.Message);
    }

    // A size that no other file of the test has tells that it is the same file.
    private static OwnedFd NewFile()
    {
        Assert.True(MemFd.Create("answer", 12345, out OwnedFd? fd).IsSuccess);
        return fd!;
    }

    private static void AssertIsFile(OwnedFd fd)
    {
        Assert.True(Files.Stat(fd.Fd, out FileFacts facts).IsSuccess);
        Assert.Equal(12345UL, facts.Size);
    }
}
