// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Vsock.Settings;
using VhostDevice.Devices.Yaml;
using Xunit;

namespace VhostDevice.Devices.Tests.Vsock;

/// <summary>Settings of guests, as lines and as files.</summary>
public sealed class SettingsTests
{
    [Theory]
    [InlineData("guest_cid=5,socket=/s,uds_path=/u,tx_buffer_size=1000,queue_size=8,groups=a+b")]
    [InlineData(" guest-cid=4,guest-cid=5,socket=/s,uds-path=/u,tx-buffer-size=1000,queue-size=8,group=a+b ")]
    public void A_line_in_either_spelling(string line) => AssertOne(VsockSettings.Parse(line, out _)!);

    [Fact]
    public void A_line_with_defaults_and_forwarding()
    {
        VsockSettings settings = VsockSettings.Parse("socket=/s,forward_cid=1,forward_listen=9001+9002", out _)!;
        Assert.Equal((3ul, 262144u, 1024u, 1u), (settings.GuestCid, settings.BufferSize, settings.QueueSize, settings.ForwardCid!.Value));
        Assert.Equal([new(9001, false), new(9002, false)], settings.ForwardListen);
        Assert.Equal(["default"], settings.Groups);
    }

    [Theory]
    [InlineData("", "bad argument ''")]
    [InlineData("socket=/s,uds-path=/u,", "bad argument ''")]
    [InlineData("socket=/s,uds-path", "bad argument 'uds-path'")]
    [InlineData("socket=/s,cid=3", "invalid key 'cid'")]
    [InlineData("guest-cid=x", "unable to convert 'x'")]
    [InlineData("uds-path=/u", "required key 'socket'")]
    [InlineData("socket=/s", "required key 'uds-path or forward-cid'")]
    [InlineData("socket=/s,uds-path=/u,forward-cid=1", "only one of")]
    [InlineData("socket=/s,forward-cid=1,forward-listen=1+x", "'x' is no port")]
    [InlineData("socket=/s,forward-cid=1,forward-listen=1/dgram", "'1/dgram' is no port")]
    [InlineData("socket=/s,forward-cid=1,forward-listen=/seqpacket", "'/seqpacket' is no port")]
    [InlineData("socket=/s,uds-path=/u,forward-listen=1", "forward-listen goes with")]
    [InlineData("socket=/s,uds-path=/u,guest-cid=2", "guest-cid 2 is not possible")]
    [InlineData("socket=/s,uds-path=/u,guest-cid=4294967295", "guest-cid 4294967295 is not possible")]
    [InlineData("socket=/s,uds-path=/u,queue-size=3", "queue-size 3 is not possible")]
    [InlineData("socket=/s,uds-path=/u,tx-buffer-size=0", "tx-buffer-size 0 is not possible")]
    [InlineData("socket=/s,uds-path=/u,groups=a++b", "a group has no name")]
    public void Lines_that_make_no_sense(string line, string problem)
    {
        Assert.Null(VsockSettings.Parse(line, out string said));
        Assert.StartsWith(problem, said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("vms:\n  - guest_cid: 5\n    socket: /s\n    uds_path: /u\n    tx_buffer_size: 1000\n    queue_size: 8\n    groups: a+b\n")]
    [InlineData("vms:\n- {guest-cid: 5, socket: /s, uds-path: /u, tx-buffer-size: 1000, queue-size: 8, groups: [a, b]}\n")]
    public void A_file_in_either_spelling(string text) => AssertOne(Assert.Single(VsockFile.Parse("f", text)));

    [Fact]
    public void Ports_say_which_kind_of_connections_they_take()
    {
        VsockSettings settings = VsockSettings.Parse("socket=/s,forward-cid=1,forward-listen=9001+9002/seqpacket+9003/stream", out _)!;
        Assert.Equal([new(9001, false), new(9002, true), new(9003, false)], settings.ForwardListen);
        Assert.Contains("forward-listen=9001+9002/seqpacket+9003,", settings.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("9001")]
    [InlineData("[9001]")]
    [InlineData("'9001'")]
    public void Ports_as_a_number_a_list_or_text(string ports) =>
        Assert.Equal([new(9001, false)], VsockFile.Parse("f", $"vms:\n- socket: /s\n  forward-cid: 1\n  forward-listen: {ports}\n")[0].ForwardListen);

    [Theory]
    [InlineData("", "f: such a file has one document")]
    [InlineData("{}", "f:1:1: 'vms' is missing")]
    [InlineData("vms: []", "f:1:1: 'vms' is missing")]
    [InlineData("vms: 3", "f:1:6: 'vms' of the file is a list")]
    [InlineData("other: 1\nvms:\n- socket: /s\n  uds-path: /u", "f:1:1: the file has no 'other'")]
    [InlineData("vms:\n- uds-path: /u", "f:2:3: required key 'socket'")]
    [InlineData("vms:\n- socket: /s\n  udspath: /u", "f:3:12: invalid key 'udspath'")]
    [InlineData("vms:\n- socket: /s\n  guest_cid: [1, 2]\n", "f:3:14: unable")]
    [InlineData("vms: [", "f:")]
    public void Files_that_make_no_sense(string text, string problem) =>
        Assert.StartsWith(problem, Assert.Throws<YamlFileException>(() => VsockFile.Parse("f", text)).Message, StringComparison.Ordinal);

    private static void AssertOne(VsockSettings settings)
    {
        Assert.Equal((5ul, "/s", "/u", 1000u, 8u), (settings.GuestCid, settings.Socket, settings.UdsPath, settings.BufferSize, settings.QueueSize));
        Assert.Equal(["a", "b"], settings.Groups);
    }
}
