// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.VhostUser.Wire;
using VhostDevice.Virtio;
using Xunit;

namespace VhostDevice.VhostUser.Tests.FrontEnd;

public sealed class BackEndProbeTests
{
    private const ulong Features = VirtioFeatures.Version1 | VirtioFeatures.ProtocolFeatures | 1;

    private const ProtocolFeatures Asked =
        ProtocolFeatures.Mq | ProtocolFeatures.Config | ProtocolFeatures.ConfigureMemSlots | ProtocolFeatures.Status | ProtocolFeatures.ShmemMap;

    [Fact]
    public void Asks_all_that_is_on_offer()
    {
        using ScriptedBackEnd backEnd = new(Features, (ProtocolFeatures)0x7fffff) { Status = 4 };
        AnswerConfig(backEnd, 256);
        backEnd.Answers[FrontEndRequest.GetShmemConfig] = _ => [1, 0, 0, 0, 0, 0, 0, 0, 0, 0x10, 0, 0, 0, 0, 0, 0];
        ProbeResult result = BackEndProbe.Run(backEnd.Start().FrontEnd);
        Assert.Null(result.Problem);
        Assert.Equal(Features, result.Features);
        Assert.Equal((ProtocolFeatures)0x7fffff, result.ProtocolFeatures);
        Assert.Equal((2UL, 32UL, 4UL), (result.QueueCount!.Value, result.MaxMemorySlots!.Value, result.Status!.Value));
        Assert.Equal(256, result.Config!.Length);
        Assert.Equal([0x1000UL], result.SharedMemory!);
        Assert.Equal(["VIRTIO_GPIO_F_IRQ", "VHOST_USER_F_PROTOCOL_FEATURES", "VIRTIO_F_VERSION_1"], result.FeatureNames(41));
        Assert.Equal("bit 0", result.FeatureNames()[0]);
        Assert.Equal(
            [
                "GET_FEATURES", "GET_PROTOCOL_FEATURES", $"SET_PROTOCOL_FEATURES {(ulong)Asked:x}", "GET_QUEUE_NUM", "GET_MAX_MEM_SLOTS",
                "GET_STATUS", "GET_SHMEM_CONFIG", "GET_CONFIG",
            ],
            backEnd.Log());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(60)]
    [InlineData(255)]
    public void Finds_the_size_of_a_config_space_that_refuses_more(int size)
    {
        using ScriptedBackEnd backEnd = new(Features, ProtocolFeatures.Config);
        AnswerConfig(backEnd, size);
        ProbeResult result = BackEndProbe.Run(backEnd.Start().FrontEnd);
        Assert.Equal(size, result.Config?.Length ?? 0);
        Assert.Null(result.Problem);
    }

    [Fact]
    public void Without_protocol_features_little_is_known()
    {
        using ScriptedBackEnd backEnd = new ScriptedBackEnd(1, ProtocolFeatures.None).Start();
        Assert.Equal(new ProbeResult { Features = 1 }, BackEndProbe.Run(backEnd.FrontEnd));
        Assert.Equal(["GET_FEATURES"], backEnd.Log());
    }

    [Fact]
    public void Reports_what_it_learned_before_the_back_end_hung_up()
    {
        using ScriptedBackEnd backEnd = new(Features, Asked);
        backEnd.Answers[FrontEndRequest.GetMaxMemSlots] = _ => ScriptedBackEnd.HangUp;
        ProbeResult result = BackEndProbe.Run(backEnd.Start().FrontEnd);
        Assert.Equal(2UL, result.QueueCount);
        Assert.Null(result.MaxMemorySlots);
        Assert.Equal((FrontEndFailure.Disconnected, FrontEndRequest.GetMaxMemSlots), (result.Problem!.Failure, result.Problem.Request!.Value));
    }

    [Fact]
    public void Does_not_wait_for_ever()
    {
        using ScriptedBackEnd backEnd = new(Features, Asked);
        backEnd.Answers[FrontEndRequest.GetStatus] = _ => null;
        // Short for the question that is not answered, which is the next one: the answers may take their time.
        backEnd.Answers[FrontEndRequest.GetMaxMemSlots] = _ =>
        {
            backEnd.FrontEnd.ReplyTimeout = TimeSpan.FromMilliseconds(50);
            return ScriptedBackEnd.U64(32);
        };
        ProbeResult result = BackEndProbe.Run(backEnd.Start().FrontEnd);
        Assert.Equal("GET_STATUS: no answer within 0.05 s", result.Problem!.Message);
        Assert.Equal(32UL, result.MaxMemorySlots);
    }

    [Fact]
    public void Names_of_bits()
    {
        Assert.Equal(
            [
                "VIRTIO_NET_F_MAC", "VIRTIO_F_NOTIFY_ON_EMPTY", "bit 25", "VHOST_F_LOG_ALL", "VIRTIO_F_ANY_LAYOUT", "VIRTIO_F_INDIRECT_DESC",
                "VIRTIO_F_EVENT_IDX", "VHOST_USER_F_PROTOCOL_FEATURES", "bit 31", "VIRTIO_F_VERSION_1", "VIRTIO_F_ACCESS_PLATFORM",
                "VIRTIO_F_RING_PACKED", "VIRTIO_F_IN_ORDER", "VIRTIO_F_ORDER_PLATFORM", "VIRTIO_F_SR_IOV", "VIRTIO_F_NOTIFICATION_DATA",
                "VIRTIO_F_NOTIF_CONFIG_DATA", "VIRTIO_F_RING_RESET", "VIRTIO_F_ADMIN_VQ", "bit 42", "VIRTIO_NET_F_SPEED_DUPLEX",
            ],
            FeatureNames.Of((1UL << 5) | 0x7ff_ff00_0000 | (1UL << 63), 1));
        Assert.Equal(["bit 0"], FeatureNames.Of(1, 4));
        Assert.Equal(["VIRTIO_BLK_F_RO"], FeatureNames.Of(1 << 5, 2));
        Assert.Equal(["VIRTIO_CAN_F_LATE_TX_ACK", "bit 4"], FeatureNames.Of(0x18, 36));
    }

    // Like back-ends that read beyond their structure for nobody.
    private static void AnswerConfig(ScriptedBackEnd backEnd, int size) =>
        backEnd.Answers[FrontEndRequest.GetConfig] = payload => payload.Length - ConfigHeader.HeaderSize <= size ? payload : [];
}
