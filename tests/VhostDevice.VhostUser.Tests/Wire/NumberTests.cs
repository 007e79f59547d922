// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.VhostUser.Wire;
using Xunit;

namespace VhostDevice.VhostUser.Tests.Wire;

/// <summary>Every number of the specification, with the name that it has there.</summary>
public sealed class NumberTests
{
    private static readonly string[] s_frontEnd =
    [
        "GET_FEATURES", "SET_FEATURES", "SET_OWNER", "RESET_OWNER", "SET_MEM_TABLE", "SET_LOG_BASE", "SET_LOG_FD",
        "SET_VRING_NUM", "SET_VRING_ADDR", "SET_VRING_BASE", "GET_VRING_BASE", "SET_VRING_KICK", "SET_VRING_CALL",
        "SET_VRING_ERR", "GET_PROTOCOL_FEATURES", "SET_PROTOCOL_FEATURES", "GET_QUEUE_NUM", "SET_VRING_ENABLE",
        "SEND_RARP", "NET_SET_MTU", "SET_BACKEND_REQ_FD", "IOTLB_MSG", "SET_VRING_ENDIAN", "GET_CONFIG", "SET_CONFIG",
        "CREATE_CRYPTO_SESSION", "CLOSE_CRYPTO_SESSION", "POSTCOPY_ADVISE", "POSTCOPY_LISTEN", "POSTCOPY_END",
        "GET_INFLIGHT_FD", "SET_INFLIGHT_FD", "GPU_SET_SOCKET", "RESET_DEVICE", "VRING_KICK", "GET_MAX_MEM_SLOTS",
        "ADD_MEM_REG", "REM_MEM_REG", "SET_STATUS", "GET_STATUS", "GET_SHARED_OBJECT", "SET_DEVICE_STATE_FD",
        "CHECK_DEVICE_STATE", "GET_SHMEM_CONFIG", "GET_VRING_BASE_SKIP_DRAIN",
    ];

    private static readonly string[] s_backEnd =
    [
        "IOTLB_MSG", "CONFIG_CHANGE_MSG", "VRING_HOST_NOTIFIER_MSG", "VRING_CALL", "VRING_ERR", "SHARED_OBJECT_ADD",
        "SHARED_OBJECT_REMOVE", "SHARED_OBJECT_LOOKUP", "SHMEM_MAP", "SHMEM_UNMAP",
    ];

    private static readonly string[] s_protocolFeatures =
    [
        "MQ", "LOG_SHMFD", "RARP", "REPLY_ACK", "MTU", "BACKEND_REQ", "CROSS_ENDIAN", "CRYPTO_SESSION", "PAGEFAULT", "CONFIG",
        "BACKEND_SEND_FD", "HOST_NOTIFIER", "INFLIGHT_SHMFD", "RESET_DEVICE", "INBAND_NOTIFICATIONS", "CONFIGURE_MEM_SLOTS",
        "STATUS", "XEN_MMAP", "SHARED_OBJECT", "DEVICE_STATE", "GET_VRING_BASE_INFLIGHT", "GPA_ADDRESSES", "SHMEM_MAP",
        "GET_VRING_BASE_SKIP_DRAIN",
    ];

    [Fact]
    public void Front_end_requests()
    {
        for (int i = 0; i < s_frontEnd.Length; i++)
            Assert.Equal(s_frontEnd[i], WireNames.Of((FrontEndRequest)(i + 1)));
        Assert.Equal(s_frontEnd.Length, Enum.GetValues<FrontEndRequest>().Length);
        Assert.Equal("request 99", WireNames.Of((FrontEndRequest)99));
    }

    [Fact]
    public void Back_end_requests()
    {
        for (int i = 0; i < s_backEnd.Length; i++)
            Assert.Equal(s_backEnd[i], WireNames.Of((BackEndRequest)(i + 1)));
        Assert.Equal(s_backEnd.Length, Enum.GetValues<BackEndRequest>().Length);
        Assert.Equal("request 11", WireNames.Of((BackEndRequest)11));
    }

    [Fact]
    public void Protocol_features()
    {
        ulong all = (1UL << s_protocolFeatures.Length) - 1;
        Assert.Equal(s_protocolFeatures, WireNames.Of((ProtocolFeatures)all));
        Assert.Equal(s_protocolFeatures.Length + 1, Enum.GetValues<ProtocolFeatures>().Length);
        Assert.Equal(["REPLY_ACK", "bit 40"], WireNames.Of((ProtocolFeatures)((1UL << 40) | 8)));
        Assert.Empty(WireNames.Of(ProtocolFeatures.None));
    }

    [Fact]
    public void Flags()
    {
        Assert.Equal(1u, (uint)MessageFlags.Version1);
        Assert.Equal(4u, (uint)MessageFlags.Reply);
        Assert.Equal(8u, (uint)MessageFlags.NeedReply);
        Assert.Equal(0x100UL, VringFd.NoFd);
        Assert.Equal(0u, (uint)ConfigFlags.Writable);
        Assert.Equal(1u, (uint)ConfigFlags.Migration);
        Assert.Equal([1, 2, 3, 4], Enum.GetValues<IotlbType>().Select(t => (int)t));
    }
}
