// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.TestKit;
using VhostDevice.TestKit.Devices;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.VhostUser.Wire;
using Xunit;

namespace VhostDevice.VhostUser.Tests.BackEnd;

/// <summary>GET_CONFIG and SET_CONFIG.</summary>
[Collection(BackEndCollection.Name)]
public sealed class ConfigTests : LeakChecked
{
    [Theory]
    [InlineData(0, 8, "0102030405060708")]
    [InlineData(0, 1, "01")]
    [InlineData(6, 2, "0708")]
    [InlineData(6, 4, "07080000")]
    [InlineData(8, 2, "0000")]
    [InlineData(4000, 96, "000000000000000000000000000000000000000000000000")]
    [InlineData(0, 256, "010203040506070800000000000000000000000000000000")]
    [InlineData(0, 4084, "010203040506070800000000000000000000000000000000")]
    public void What_lies_behind_the_structure_reads_as_zeroes(uint offset, uint size, string start)
    {
        using TestBackEnd<ConfigDevice> backEnd = new(() => new ConfigDevice());
        using FrontEndConnection c = backEnd.Connect();
        c.Send(FrontEndRequest.GetConfig, Payloads.Config(offset, size, 0, new byte[size]));
        byte[] expected = new byte[size];
        byte[] known = Convert.FromHexString(start);
        known.AsSpan(0, (int)Math.Min(size, (uint)known.Length)).CopyTo(expected);
        Payloads.AssertAnswer(c, FrontEndRequest.GetConfig, Payloads.Config(offset, size, 0, expected));
    }

    [Theory]
    [InlineData(0, 0, 0, 0)]
    [InlineData(0, 0, 0, 4)]
    [InlineData(0, 4, 0, 3)]
    [InlineData(0, 4, 0, 5)]
    [InlineData(4096, 1, 0, 1)]
    [InlineData(4095, 2, 0, 2)]
    [InlineData(0xffffffff, 2, 0, 2)]
    [InlineData(0, 0xffffffff, 0, 4)]
    [InlineData(0, 4, 4, 4)]
    [InlineData(0, 4, 0xffffffff, 4)]
    public void A_read_that_makes_no_sense_has_an_empty_answer(uint offset, uint size, uint flags, int bytes)
    {
        using TestBackEnd<ConfigDevice> backEnd = new(() => new ConfigDevice());
        using FrontEndConnection c = backEnd.Connect();
        c.Send(FrontEndRequest.GetConfig, Payloads.Config(offset, size, flags, new byte[bytes]));
        Payloads.AssertAnswer(c, FrontEndRequest.GetConfig);
        Payloads.AssertServed(c);
    }

    // 0 and 1 are the specification's numbers, 1 and 2 the bits of rust-vmm.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void The_flags_of_all_front_ends_are_known(uint flags)
    {
        using TestBackEnd<ConfigDevice> backEnd = new(() => new ConfigDevice());
        using FrontEndConnection c = backEnd.Connect();
        c.Send(FrontEndRequest.GetConfig, Payloads.Config(1, 2, flags, new byte[2]));
        Payloads.AssertAnswer(c, FrontEndRequest.GetConfig, Payloads.Config(1, 2, flags, 2, 3));
    }

    [Theory]
    [InlineData(4, "aabb", true, "0102 0304 aabb 0708")]
    [InlineData(7, "cc", true, "0102 0304 0506 07cc")]
    [InlineData(6, "ddeeff", true, "0102 0304 0506 ddee")] // padding behind the structure
    [InlineData(8, "ff", true, "0102 0304 0506 0708")]
    [InlineData(0, "ff", false, "0102 0304 0506 0708")] // read-only
    [InlineData(3, "ffff", false, "0102 0304 0506 0708")]
    public void Writes_reach_what_the_driver_may_write(uint offset, string data, bool accepted, string after)
    {
        using TestBackEnd<ConfigDevice> backEnd = new(() => new ConfigDevice());
        using FrontEndConnection c = backEnd.Connect();
        // Without an acknowledgement a read-only field is no reason to end anything: drivers write them.
        c.Send(FrontEndRequest.SetConfig, Payloads.Config(offset, (uint)data.Length / 2, 0, Convert.FromHexString(data)));
        Payloads.AssertServed(c);
        c.SetProtocolFeatures(ProtocolFeatures.ReplyAck | ProtocolFeatures.Config);
        Assert.Equal(accepted, c.SetConfig(offset, Convert.FromHexString(data)).IsPositive);
        Assert.Equal(Convert.FromHexString(after.Replace(" ", "", StringComparison.Ordinal)), c.GetConfig(0, 8));
    }

    [Theory]
    [InlineData(0, 0, 0, 0)]
    [InlineData(4, 2, 0, 1)]
    [InlineData(4, 1, 0, 2)]
    [InlineData(4, 1, 4, 1)]
    [InlineData(0xfffffffc, 4, 0, 4)]
    public void A_write_that_makes_no_sense_is_refused(uint offset, uint size, uint flags, int bytes)
    {
        using TestBackEnd<ConfigDevice> backEnd = new(() => new ConfigDevice());
        using FrontEndConnection c = backEnd.Connect();
        c.SetProtocolFeatures(ProtocolFeatures.ReplyAck | ProtocolFeatures.Config);
        using ReceivedMessage answer = c.Exchange(FrontEndRequest.SetConfig, Payloads.Config(offset, size, flags, new byte[bytes]));
        Payloads.AssertAnswer(answer, FrontEndRequest.SetConfig, Payloads.Number(1));
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], c.GetConfig(0, 8));
    }
}
